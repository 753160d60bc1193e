"""Two versioned tables joined into a third."""

from oracle_names import PAIR

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    x = builder.table("x", store=Materialized(supplier=Stores.versioned("vx", history_retention=30)))
    y = builder.table("y", store=Materialized(supplier=Stores.versioned("vy", history_retention=30)))
    joined = x.join(y, PAIR, store=Materialized(supplier=Stores.versioned("vj", history_retention=50)))
    joined.to_stream().to("out")
    return builder
