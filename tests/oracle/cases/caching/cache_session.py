"""Session windows with the cache on: tombstones of merged sessions at the flush."""

from kstream_cli import SessionWindowedSerde, SessionWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SessionWindows.of_inactivity_gap(10).grace(1000))
    windowed.count(store="s").to_stream().to("out", key=SessionWindowedSerde(str), value=int)
    return builder
