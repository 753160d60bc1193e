"""Sliding windows: late edge with grace; a partly late record."""

from kstream_cli import SlidingWindows, StreamsBuilder, TimeWindowedSerde


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SlidingWindows.of_time_difference(10).grace(5))
    windowed.count(store="s").to_stream().to("out", key=TimeWindowedSerde(str, 10), value=int)
    return builder
