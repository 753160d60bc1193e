"""Merge of two source topics."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    left.merge(right).to("out")
    return builder
