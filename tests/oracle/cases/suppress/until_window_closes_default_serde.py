"""Windowed suppress when the key serde comes only from the configuration: a ClassCastException in 4.3.1."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(10))
    final = windowed.count(store="w").suppress(Suppressed.until_window_closes(BufferConfig.unbounded()))
    final.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
