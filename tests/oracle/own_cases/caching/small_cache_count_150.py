"""A count with a cache of 150 bytes: which updates go out early, and in which order."""

from kstream_cli import StreamsBuilder


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def build(case):
    builder = StreamsBuilder()
    counts = builder.stream("in").flat_map(pairs).group_by_key().count(store="n")
    counts.to_stream().to("out", value=int)
    return builder
