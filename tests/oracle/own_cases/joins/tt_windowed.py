"""Left join of two windowed tables."""

from oracle_names import PAIR, cat

from kstream_cli import StreamsBuilder, TimeWindows


def build(case):
    builder = StreamsBuilder()
    w = TimeWindows.of_size(20).grace(5)
    left = builder.stream("left").group_by_key().windowed_by(w).reduce(cat, store="lw")
    right = builder.stream("right").group_by_key().windowed_by(w).reduce(cat, store="rw")
    left.left_join(right, PAIR).to_stream(lambda key, value: f"{key.key}@{key.start}").to("out", key=str)
    return builder
