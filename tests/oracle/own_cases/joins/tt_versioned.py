"""Joins of a versioned table; the result in a versioned store."""

from oracle_names import PAIR

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = (
        builder.table("left", store=Materialized(supplier=Stores.versioned("lv", history_retention=100))),
        builder.table("right"),
    )
    left.left_join(right, PAIR).to_stream().to("out")
    left.filter(lambda key, value: not value.startswith("b")).join(
        right, PAIR, store=Materialized(supplier=Stores.versioned("jv", history_retention=50))
    ).to_stream().to("out2")
    return builder
