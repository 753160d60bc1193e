"""Optimization all: self-joins of all kinds, streams read twice."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right, again = builder.stream("left"), builder.stream("right"), builder.stream("left")
    left.left_join(again, PAIR, JoinWindows.of_time_difference(10).grace(5)).to("o1")
    left.join(left, PAIR, JoinWindows.of_time_difference(10).grace(5), name="self", store="st").to("o2")
    m = left.map(lambda key, value: (value, value))
    m.join(right, PAIR, JoinWindows.of_time_difference(10).grace(5)).to("o5")
    m.outer_join(m, PAIR, JoinWindows.of_time_difference(10).grace(5)).to("o7")
    return builder
