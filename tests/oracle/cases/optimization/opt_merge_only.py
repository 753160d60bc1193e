"""Merge.repartition.topics alone: source tables keep their changelog, repartition topics are merged."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.table("tab", store="tbl").to_stream().to("out0")
    stream = builder.stream("in").select_key(lambda key, value: value)
    stream.group_by_key().count(store="n").to_stream().to("out1", value=int)
    stream.group_by_key().reduce(lambda x, y: x + y, store="r").to_stream().to("out2")
    return builder
