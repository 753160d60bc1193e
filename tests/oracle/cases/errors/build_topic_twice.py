"""Topology error: the same topic as stream and table."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").to("out")
    builder.table("in")
    return builder
