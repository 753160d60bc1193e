"""Two aggregations of one named grouping."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by(lambda key, value: value[:1], name="gr")
    grouped.count(store="n").to_stream().to("out", value=int)
    grouped.reduce(lambda x, y: x + y, store="r").to_stream().to("out2")
    return builder
