"""A grouped table whose selector gives null keys and values."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.table("in").group_by(
        lambda key, value: (None if value == "x" else value[:1], None if value == "2" else value), name="gr"
    )
    texts = grouped.aggregate(
        lambda: "", lambda key, value, agg: agg + "+" + value, lambda key, value, agg: agg + "-" + value, store="g"
    )
    texts.to_stream().to("out")
    return builder
