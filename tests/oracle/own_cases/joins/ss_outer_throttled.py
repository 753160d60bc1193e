"""Outer join with the emit interval of 1000 ms applications have by default."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").outer_join(builder.stream("right"), PAIR, JoinWindows.of_time_difference(10)).to("out")
    return builder
