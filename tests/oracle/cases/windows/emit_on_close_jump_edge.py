"""On window close: stream time passes the close of a window by 1, 2, 5, 50, 89 and 90 ms."""

from kstream_cli import EmitStrategy, StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(10))
    counts = windowed.emit_strategy(EmitStrategy.on_window_close()).count(store="w")
    counts.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
