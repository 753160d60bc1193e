from oracle_names import windowed

from kstream_cli import EmitStrategy, SessionWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    windows = stream.group_by_key().windowed_by(SessionWindows.of_inactivity_gap(8).grace(10))
    windows.emit_strategy(EmitStrategy.on_window_close()).count(store="s").to_stream().map(
        windowed, key=str, value=int
    ).to("out")
    return builder
