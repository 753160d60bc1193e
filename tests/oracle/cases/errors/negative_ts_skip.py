"""Negative timestamp with LogAndSkipOnInvalidTimestamp."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").to("out")
    return builder
