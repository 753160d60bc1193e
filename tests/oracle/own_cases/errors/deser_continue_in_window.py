"""Bad bytes before a windowed count, LogAndContinue: skipped records move no time."""

from kstream_cli import Materialized, StreamsBuilder, TimeWindows


def build(case):
    builder = StreamsBuilder()
    grouped = builder.stream("in", key=int, value=int).group_by_key(key=int, value=int)
    counts = grouped.windowed_by(TimeWindows.of_size(20)).count(store=Materialized("w", key=int))
    counts.to_stream(lambda windowed, n: windowed.key).to("out", key=int, value=int)
    return builder
