"""Joins of an aggregated table with a source table, with the cache on."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    t = builder.stream("right").group_by_key().count(store="cnt")
    left = builder.table("left")
    left.outer_join(t, cat).to_stream().to("out")
    t.left_join(left, cat).to_stream().to("out2")
    return builder
