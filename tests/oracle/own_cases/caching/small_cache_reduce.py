"""A reduce to long text with a cache of 400 bytes, with headers of many sizes."""

from kstream_cli import StreamsBuilder


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def shortened(so_far, value):
    both = so_far + value
    return value if len(both) > 150 else both


def build(case):
    builder = StreamsBuilder()
    words = builder.stream("in").flat_map(pairs)
    words.group_by_key().reduce(shortened, store="r").to_stream().to("out")
    return builder
