"""Late records with grace 50: window [0,100) closes when stream time reaches 150 exactly."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100).grace(50))
    windowed.count(store="w").to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
