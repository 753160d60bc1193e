"""Windowed reduce; out-of-order record keeps the largest timestamp."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(1000))
    texts = windowed.reduce(lambda x, y: x + y, store="w")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=str)
    return builder
