"""Late records, no grace: window [0,100) takes a record until stream time reaches 100."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(100))
    windowed.count(store="w").to_stream().to("out", key=TimeWindowedSerde(str, 100), value=int)
    return builder
