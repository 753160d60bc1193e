"""Sliding windows with out-of-order and equal timestamps, and records earlier than the time difference."""

from kstream_cli import SlidingWindows, StreamsBuilder, TimeWindowedSerde


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SlidingWindows.of_time_difference(10).grace(50))
    texts = windowed.aggregate(lambda: "", lambda key, value, agg: agg + value, store="s")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 10), value=str)
    return builder
