"""Aggregator that returns null: tombstone, then a fresh initial value."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by_key()
    texts = grouped.aggregate(lambda: "", lambda key, value, agg: None if value == "-" else agg + value, store="agg")
    texts.to_stream().to("out")
    return builder
