"""Windows, sessions, suppress without names."""

from kstream_cli import (
    BufferConfig,
    SessionWindowedSerde,
    SessionWindows,
    SlidingWindows,
    StreamsBuilder,
    Suppressed,
    TimeWindowedSerde,
    TimeWindows,
)


def build(case):
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by_key(key=str, value=str)
    counts = grouped.windowed_by(TimeWindows.of_size(10)).count()
    final = counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded()))
    final.to_stream().to("o1", key=TimeWindowedSerde(str, 10), value=int)
    sessions = grouped.windowed_by(SessionWindows.of_inactivity_gap(10)).reduce(lambda p, q: p + q)
    sessions.to_stream().to("o2", key=SessionWindowedSerde(str), value=str)
    sliding = grouped.windowed_by(SlidingWindows.of_time_difference(10))
    texts = sliding.aggregate(lambda: "", lambda key, value, agg: agg + value)
    texts.to_stream(lambda key, value: key.key).to("o3")
    return builder
