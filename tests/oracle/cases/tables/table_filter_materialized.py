"""Table filter materialized: no tombstone for what was never in the result."""

from kstream_cli import Materialized, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    table = builder.table("in", key=str, value=int)
    big = table.filter(lambda key, value: value > 10, store=Materialized("big", key=str, value=int))
    big.to_stream().to("out")
    return builder
