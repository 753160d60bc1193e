"""Hopping windows with the cache on, and a retention of its own."""

from oracle_names import cat

from kstream_cli import Materialized, StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(20).grace(30).advance_by(7))
    texts = windowed.aggregate(
        lambda: "",
        lambda key, value, agg: None if value == "x" else cat(agg, value),
        store=Materialized("w", retention=1000),
    )
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 20), value=str)
    return builder
