"""On window close: stream time jumps past the retention of the store, the default one and a longer one."""

from kstream_cli import EmitStrategy, Materialized, StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(10))
    closing = windowed.emit_strategy(EmitStrategy.on_window_close())
    key = TimeWindowedSerde(str, 100)
    closing.count(store="short").to_stream().to("out-short", key=key, value=int)
    closing.count(store=Materialized("long", retention=10000)).to_stream().to("out-long", key=key, value=int)
    return builder
