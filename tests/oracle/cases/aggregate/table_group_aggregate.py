"""Grouped table aggregate where group key is unchanged by an update: one combined change or two records."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.table("in").group_by(lambda key, value: (value[:1], value), name="g")
    texts = grouped.aggregate(
        lambda: "", lambda key, value, agg: agg + "+" + value, lambda key, value, agg: agg + "-" + value, store="agg"
    )
    texts.to_stream().to("out")
    return builder
