"""ShutDownWhenFull: the error."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    counts = (
        builder.stream("in").group_by_key(key=str, value=str).windowed_by(TimeWindows.of_size(100)).count(store="w")
    )
    final = counts.suppress(Suppressed.until_window_closes(BufferConfig.max_records(2).shut_down_when_full()))
    final.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
