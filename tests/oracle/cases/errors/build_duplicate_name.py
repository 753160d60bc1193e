"""Topology error: two processors of the same name."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").map_values(lambda value: value, name="same").filter(lambda key, value: True, name="same").to(
        "out"
    )
    return builder
