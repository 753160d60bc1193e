"""Global table and its store."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.global_table("g", store="gs")
    builder.stream("in").to("out")
    return builder
