"""A versioned table, regrouped and counted."""

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    table = builder.table("in", store=Materialized(supplier=Stores.versioned("v", history_retention=30)))
    table.group_by(lambda key, value: (value, key)).count(store="n").to_stream().to("out", value=int)
    return builder
