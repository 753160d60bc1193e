"""Two levels: count, then the table of counts regrouped and counted."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    counts = builder.stream("in").group_by_key().count(store="counts")
    histogram = counts.group_by(lambda key, n: (f"n{n}", key), key=str, value=str).count(store="hist")
    histogram.to_stream().to("out", value=int)
    return builder
