"""Aggregate with an initializer and a value of another type."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    counts = (
        builder.stream("in")
        .group_by_key()
        .aggregate(lambda: 100, lambda key, value, total: total + len(value), store="agg", value=int)
    )
    counts.to_stream().to("out", value=int)
    return builder
