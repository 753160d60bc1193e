"""Hopping windows on close, once a second of wall clock."""

from kstream_cli import EmitStrategy, StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(20).grace(3).advance_by(5))
    counts = windowed.emit_strategy(EmitStrategy.on_window_close()).count(store="w")
    counts.to_stream().to("out", key=TimeWindowedSerde(str, 20), value=int)
    return builder
