"""Session windows: an out-of-order record merges two sessions; the old sessions get tombstones."""

from kstream_cli import SessionWindowedSerde, SessionWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    windowed = builder.stream("in").group_by_key().windowed_by(SessionWindows.of_inactivity_gap(10).grace(1000))
    texts = windowed.aggregate(
        lambda: "",
        lambda key, value, agg: agg + value,
        lambda key, left, right: f"({left}|{right})",
        store="s",
    )
    texts.to_stream().to("out", key=SessionWindowedSerde(str), value=str)
    return builder
