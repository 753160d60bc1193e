"""Sessions counted with a cache of 500 bytes."""

from kstream_cli import SessionWindowedSerde, SessionWindows, StreamsBuilder


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


def build(case):
    builder = StreamsBuilder()
    windows = SessionWindows.of_inactivity_gap(5).grace(100)
    counts = builder.stream("in").flat_map(pairs).group_by_key().windowed_by(windows).count(store="s")
    counts.to_stream().to("out", key=SessionWindowedSerde(str), value=int)
    return builder
