"""Tumbling count, no grace: window ends are exclusive; one record per update."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100))
    windowed.count(store="w").to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
