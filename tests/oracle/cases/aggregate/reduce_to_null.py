"""Reduce that returns null removes the key (tombstone) and starts anew."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by_key()
    grouped.reduce(lambda agg, value: None if value == "del" else agg + value, store="r").to_stream().to("out")
    return builder
