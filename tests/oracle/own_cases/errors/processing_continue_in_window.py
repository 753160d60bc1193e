"""A windowed aggregator throws; CONTINUE."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(TimeWindows.of_size(20).advance_by(10))
    texts = windowed.aggregate(lambda: "", lambda key, value, agg: agg + str(10 // int(value)), store="w")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 20), value=str)
    return builder
