"""Argument errors: negative grace."""

from kstream_cli import StreamsBuilder, TimeWindows


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(10).grace(-1)).count()
    return builder
