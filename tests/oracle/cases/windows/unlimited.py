"""Unlimited window from a start; records before it are dropped."""

from kstream_cli import StreamsBuilder, UnlimitedWindows


def build(case):
    builder = StreamsBuilder()
    counts = builder.stream("in").group_by_key().windowed_by(UnlimitedWindows.of().start_on(50)).count(store="u")
    counts.to_stream(lambda w, n: f"{w.key}@{w.start}").to("out", key=str, value=int)
    return builder
