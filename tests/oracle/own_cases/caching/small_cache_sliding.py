"""Sliding windows counted with a cache of 600 bytes."""

from kstream_cli import SlidingWindows, StreamsBuilder, TimeWindowedSerde


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def build(case):
    builder = StreamsBuilder()
    windows = SlidingWindows.of_time_difference(10).grace(50)
    counts = builder.stream("in").flat_map(pairs).group_by_key().windowed_by(windows).count(store="w")
    counts.to_stream().to("out", key=TimeWindowedSerde(str, 10), value=int)
    return builder
