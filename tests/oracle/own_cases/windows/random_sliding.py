"""Sliding windows, late and out-of-order records."""

from oracle_names import cat

from kstream_cli import SlidingWindows, StreamsBuilder, TimeWindowedSerde


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SlidingWindows.of_time_difference(10).grace(5))
    texts = windowed.aggregate(lambda: "", lambda key, value, agg: None if value == "x" else cat(agg, value), store="w")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 10), value=str)
    return builder
