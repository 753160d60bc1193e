"""Optimization all: a key-changed stream joined with a table counted from that same stream cannot be built (4.3.1)."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in").map(lambda key, value: (value, key)).filter(lambda key, value: True)
    counts = stream.group_by_key().count()
    stream.join(counts, lambda value, n: f"{value}{n}").to("o2")
    return builder
