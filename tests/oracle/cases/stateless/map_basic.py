"""Map changes key and value."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").map(lambda key, value: (value, cat(key, "!"))).to("out")
    return builder
