"""Hopping with grace: some windows of a late record are closed, others still open."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(10).advance_by(50))
    windowed.count(store="w").to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
