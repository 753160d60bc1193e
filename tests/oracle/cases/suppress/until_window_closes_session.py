"""UntilWindowCloses over session windows: merged sessions vanish from the buffer."""

from kstream_cli import BufferConfig, SessionWindowedSerde, SessionWindows, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    windows = SessionWindows.of_inactivity_gap(10).grace(5)
    counts = builder.stream("in").group_by_key(key=str, value=str).windowed_by(windows).count(store="w")
    final = counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded()))
    final.to_stream().to("out", key=SessionWindowedSerde(str), value=int)
    return builder
