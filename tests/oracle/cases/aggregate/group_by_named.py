"""GroupBy with a grouping name: repartition topic name; store named."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by(lambda key, value: value, name="by-value")
    grouped.count(store="by-value-store").to_stream().to("out", value=int)
    return builder
