"""Versioned table seen through mapValues and filter."""

from oracle_names import PAIR, cat

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    t = builder.table("right", store=Materialized(supplier=Stores.versioned("lv", history_retention=100)))
    builder.stream("left").left_join(t.map_values(lambda value: value + "*"), PAIR).to("out")
    builder.stream("left").join(
        t.filter(lambda key, value: not value.startswith("a")), lambda key, x, y: cat(key, x, y), with_key=True
    ).to("out2")
    return builder
