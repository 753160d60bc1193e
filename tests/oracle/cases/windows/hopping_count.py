"""Hopping windows 100/25: order of the updates per record; windows start at 0 at the earliest."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).advance_by(25))
    windowed.count(store="w").to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
