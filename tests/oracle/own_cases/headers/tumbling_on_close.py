from oracle_names import windowed

from kstream_cli import EmitStrategy, StreamsBuilder, TimeWindows


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    windows = stream.group_by_key().windowed_by(TimeWindows.of_size(20).grace(10))
    windows.emit_strategy(EmitStrategy.on_window_close()).count(store="s").to_stream().map(
        windowed, key=str, value=int
    ).to("out")
    return builder
