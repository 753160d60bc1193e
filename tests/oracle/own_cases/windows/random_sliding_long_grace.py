"""Sliding windows with a grace of many windows."""

from kstream_cli import SlidingWindows, StreamsBuilder, TimeWindowedSerde


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SlidingWindows.of_time_difference(7).grace(200))
    windowed.count(store="w").to_stream().to("out", key=TimeWindowedSerde(str, 7), value=int)
    return builder
