"""A count and a filtered table of it: two stores share a cache of 600 bytes."""

from kstream_cli import StreamsBuilder


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def build(case):
    builder = StreamsBuilder()
    counts = builder.stream("in").flat_map(pairs).group_by_key().count(store="n")
    counts.to_stream().to("out", value=int)
    even = counts.filter(lambda key, value: value % 2 == 0, store="even")
    even.to_stream().to("even-out", value=int)
    return builder
