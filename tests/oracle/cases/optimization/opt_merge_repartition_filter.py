"""All: one key change feeding two aggregations, a filter between: one merged repartition topic."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in").select_key(lambda key, value: value[:1])
    stream.group_by_key().count(store="n").to_stream().to("out1", value=int)
    longer = stream.filter(lambda key, value: len(value) > 1)
    longer.group_by_key().reduce(lambda x, y: x + y, store="r").to_stream().to("out2")
    return builder
