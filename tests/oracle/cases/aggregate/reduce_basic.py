"""Reduce: the first value is taken as it is; null values skipped."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").group_by_key().reduce(lambda agg, value: agg + "+" + value, store="r").to_stream().to("out")
    return builder
