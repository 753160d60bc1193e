"""Topology error: bad name with a space."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").filter(lambda key, value: True, name="bad name").to("out")
    return builder
