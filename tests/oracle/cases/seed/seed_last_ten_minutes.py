"""Tutorial: count of data in the last 10 minutes (sliding windows)."""

from kstream_cli import SlidingWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    windows = SlidingWindows.of_time_difference(minutes=10).grace(minutes=1)
    counts = builder.stream("events").group_by_key().windowed_by(windows).count(store="last-ten")
    counts.to_stream(lambda windowed, n: windowed.key).to("counts", value=int)
    return builder
