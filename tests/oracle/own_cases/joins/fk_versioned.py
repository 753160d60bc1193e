"""Foreign-key left join of two versioned tables."""

from oracle_names import PAIR

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = (
        builder.table("left", store=Materialized(supplier=Stores.versioned("lv", history_retention=100))),
        builder.table("right", store=Materialized(supplier=Stores.versioned("rv", history_retention=100))),
    )
    left.left_join(right, PAIR, foreign_key=lambda value: value[:1]).to_stream().to("out")
    return builder
