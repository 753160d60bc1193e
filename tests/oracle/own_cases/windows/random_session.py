"""Session windows, late and out-of-order records."""

from oracle_names import cat

from kstream_cli import SessionWindowedSerde, SessionWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SessionWindows.of_inactivity_gap(10).grace(5))
    texts = windowed.aggregate(
        lambda: "",
        lambda key, value, agg: None if value == "x" else cat(agg, value),
        lambda key, left, right: cat("(", left, "|", right, ")"),
        store="s",
    )
    texts.to_stream().to("out", key=SessionWindowedSerde(str), value=str)
    return builder
