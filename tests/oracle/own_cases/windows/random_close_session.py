"""Session windows on close."""

from kstream_cli import EmitStrategy, SessionWindowedSerde, SessionWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SessionWindows.of_inactivity_gap(10).grace(5))
    counts = windowed.emit_strategy(EmitStrategy.on_window_close()).count(store="w")
    counts.to_stream().to("out", key=SessionWindowedSerde(str), value=int)
    return builder
