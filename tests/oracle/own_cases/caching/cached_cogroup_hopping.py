"""Cogroup in hopping windows with the cache on."""

from oracle_names import cat

from kstream_cli import StreamsBuilder, TimeWindowedSerde, TimeWindows


def build(case):
    builder = StreamsBuilder()
    one, two = builder.stream("one").group_by_key(), builder.stream("two").group_by_key()
    both = one.cogroup(lambda key, value, agg: cat(agg, "1", value)).cogroup(
        two, lambda key, value, agg: None if value == "x" else cat(agg, "2", value)
    )
    texts = both.windowed_by(TimeWindows.of_size(20).grace(5).advance_by(10)).aggregate(lambda: "")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 20), value=str)
    return builder
