"""Sliding windows on close."""

from oracle_names import cat

from kstream_cli import EmitStrategy, SlidingWindows, StreamsBuilder, TimeWindowedSerde


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SlidingWindows.of_time_difference(10).grace(5))
    closing = windowed.emit_strategy(EmitStrategy.on_window_close())
    texts = closing.aggregate(lambda: "", lambda key, value, agg: cat(agg, value), store="w")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 10), value=str)
    return builder
