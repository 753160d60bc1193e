"""Unnamed left join with grace after a key change."""

from oracle_names import PAIR

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    t = builder.table("right", store=Materialized(supplier=Stores.versioned("lv", history_retention=100)))
    builder.stream("left").select_key(lambda key, value: value).left_join(t, PAIR, grace=20).to("out")
    return builder
