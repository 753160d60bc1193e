"""UntilTimeLimit on a windowed count, then a table filter: old values after suppress."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    counts = builder.stream("in").group_by_key().count(store="n")
    rested = counts.suppress(Suppressed.until_time_limit(50, BufferConfig.max_records(10)))
    rested.filter(lambda key, n: n % 2 == 0).to_stream().to("out", value=int)
    return builder
