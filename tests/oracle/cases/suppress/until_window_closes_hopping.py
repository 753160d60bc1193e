"""UntilWindowCloses over hopping windows."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windows = TimeWindows.of_size(100).advance_by(50)
    counts = builder.stream("in").group_by_key(key=str, value=str).windowed_by(windows).count(store="w")
    final = counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded()))
    final.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
