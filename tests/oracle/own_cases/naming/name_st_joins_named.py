"""Repartitions of named and unnamed joins of one re-keyed stream."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.stream("left").select_key(lambda key, value: value)
    t = builder.table("right")
    left.join(t, PAIR, name="ja").to("o1")
    left.join(t, PAIR).to("o2")
    left.left_join(t, PAIR).to("o3")
    w = JoinWindows.of_time_difference(10)
    left.join(builder.stream("st"), PAIR, w).left_join(t, PAIR).select_key(lambda key, value: value).outer_join(
        left, PAIR, w, name="nn", store="ss"
    ).to("o5")
    return builder
