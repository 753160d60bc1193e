"""Cogroup in sliding windows, named."""

from oracle_names import cat

from kstream_cli import SlidingWindows, StreamsBuilder, TimeWindowedSerde


def build(case):
    builder = StreamsBuilder()
    one, two = builder.stream("one").group_by_key(), builder.stream("two").group_by_key()
    both = one.cogroup(lambda key, value, agg: cat(agg, "1", value)).cogroup(
        two, lambda key, value, agg: None if value == "x" else cat(agg, "2", value)
    )
    texts = both.windowed_by(SlidingWindows.of_time_difference(10).grace(5)).aggregate(lambda: "", name="nm")
    texts.to_stream().to("out", key=TimeWindowedSerde(str, 10), value=str)
    return builder
