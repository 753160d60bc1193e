"""Windowed aggregation after groupBy (repartition)."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by(lambda key, value: value).windowed_by(TimeWindows.of_size(100))
    windowed.count().to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
