"""Grouped table reduce with adder and subtractor."""

from kstream_cli import Materialized, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    table = builder.table("in", key=str, value=int)
    grouped = table.group_by(lambda key, value: (key[:1], value), key=str, value=int)
    sums = grouped.reduce(
        lambda agg, value: agg + value, lambda agg, value: agg - value, store=Materialized(key=str, value=int)
    )
    sums.to_stream().to("out", value=int)
    return builder
