"""Source table materialized with a name, queries."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.table("in", name="src", store="tbl").to_stream(name="str").to("out")
    return builder
