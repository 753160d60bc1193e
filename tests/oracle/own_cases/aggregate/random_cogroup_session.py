"""Cogroup in session windows."""

from oracle_names import cat

from kstream_cli import SessionWindowedSerde, SessionWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    one, two = builder.stream("one").group_by_key(), builder.stream("two").group_by_key()
    both = one.cogroup(lambda key, value, agg: cat(agg, "1", value)).cogroup(
        two, lambda key, value, agg: None if value == "x" else cat(agg, "2", value)
    )
    windowed = both.windowed_by(SessionWindows.of_inactivity_gap(10).grace(5))
    texts = windowed.aggregate(lambda: "", lambda key, left, right: cat("(", left, "|", right, ")"), store="s")
    texts.to_stream().to("out", key=SessionWindowedSerde(str), value=str)
    return builder
