"""All: a source table with a named store uses its source topic as changelog."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.table("in", store="tbl").to_stream().to("out")
    return builder
