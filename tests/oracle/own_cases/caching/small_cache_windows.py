"""Hopping windows counted with a cache of 600 bytes."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def build(case):
    builder = StreamsBuilder()
    windows = TimeWindows.of_size(40).advance_by(20)
    counts = builder.stream("in").flat_map(pairs).group_by_key().windowed_by(windows).count(store="w")
    counts.to_stream().to("out", key=TimeWindowedSerde(str, 40), value=int)
    return builder
