"""Reuse.ktable.source.topics alone."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    table = builder.table("tab")
    table.filter(lambda key, value: len(value) > 1, store="f").to_stream().to("out")
    table.to_stream().to("out2")
    return builder
