"""A reduce that gives None now and then, with a cache of 300 bytes."""

from kstream_cli import StreamsBuilder


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def build(case):
    builder = StreamsBuilder()
    words = builder.stream("in").flat_map(pairs)
    words.group_by_key().reduce(lambda so_far, value: None if value[0] in "ab" else value, store="r").to_stream().to(
        "out"
    )
    return builder
