"""Negative timestamp with the default extractor: the error."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").to("out")
    return builder
