"""Map sees and returns null keys and values."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").map(lambda key, value: (value, key)).to("out")
    return builder
