"""Window store queries: fetch by key and time, ranges, all; retention longer than needed."""

from kstream_cli import Materialized, StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(0))
    counts = windowed.count(store=Materialized("w", retention=1000))
    counts.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
