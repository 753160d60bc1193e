"""Versioned table: out-of-order updates are stored but not sent as the latest; queries as of a time."""

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    store = Materialized(supplier=Stores.versioned("v", history_retention=100))
    builder.table("in", store=store).to_stream().to("out")
    return builder
