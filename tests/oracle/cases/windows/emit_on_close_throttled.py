"""EmitStrategy.onWindowClose with the default emit interval (1000 ms of wall clock)."""

from kstream_cli import EmitStrategy, StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100))
    counts = windowed.emit_strategy(EmitStrategy.on_window_close()).count(store="w")
    counts.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
