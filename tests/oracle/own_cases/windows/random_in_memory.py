"""Hopping windows in a store in memory."""

from kstream_cli import Materialized, Stores, StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(20).grace(500).advance_by(10))
    store = Stores.window("w", retention=600, window_size=20, persistent=False)
    texts = windowed.reduce(lambda x, y: x + y, store=Materialized(supplier=store))
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 20), value=str)
    return builder
