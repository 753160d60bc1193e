"""A KTable grouped by value and counted: subtract from the old group, then add to the new one."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.table("in").group_by(lambda key, value: (value, key))
    grouped.count(store="per-value").to_stream().to("out", value=int)
    return builder
