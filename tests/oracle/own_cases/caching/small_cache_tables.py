"""A table joined with one made of it, with a cache of 700 bytes: rows are read and put."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def build(case):
    builder = StreamsBuilder()
    words = builder.stream("in").flat_map(pairs).filter(lambda key, value: True).repartition(name="p")
    left = words.to_table(store="l")
    counts = words.group_by_key().count(store="n")
    left.left_join(counts, PAIR, store="j").to_stream().to("out")
    return builder
