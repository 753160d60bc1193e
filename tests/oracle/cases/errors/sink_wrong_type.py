"""Serialization error at a sink (wrong type) with the default handler."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").map_values(lambda value: 1).to("out", key=str, value=str)
    return builder
