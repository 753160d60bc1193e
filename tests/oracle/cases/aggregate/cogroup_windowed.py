"""Cogroup with tumbling windows."""

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    one, two = builder.stream("one").group_by_key(), builder.stream("two").group_by_key()
    both = one.cogroup(lambda key, value, agg: agg + "1" + value).cogroup(
        two, lambda key, value, agg: agg + "2" + value
    )
    texts = both.windowed_by(TimeWindows.of_size(100)).aggregate(lambda: "", store="co")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 100), value=str)
    return builder
