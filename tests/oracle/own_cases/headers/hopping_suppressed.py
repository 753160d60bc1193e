from oracle_names import windowed

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindows


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    windows = TimeWindows.of_size(20).advance_by(10).grace(5)
    counts = stream.group_by_key().windowed_by(windows).count(store="s")
    closed = counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="sup"))
    closed.to_stream().map(windowed, key=str, value=int).to("out")
    return builder
