"""Logging disabled: no changelog topic; in-memory store."""

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    store = Materialized(supplier=Stores.key_value("mem", persistent=False), logging=False)
    builder.stream("in").group_by_key().count(store=store).to_stream().to("out", value=int)
    return builder
