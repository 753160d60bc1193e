"""Stream time seen by the aggregation is after an upstream filter: filtered records do not close windows."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    kept = builder.stream("in").filter(lambda key, value: value != "skip")
    counts = kept.group_by_key().windowed_by(TimeWindows.of_size(100)).count(store="w")
    counts.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
