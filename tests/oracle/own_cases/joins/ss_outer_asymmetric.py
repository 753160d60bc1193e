"""Outer join with before 25, after 2, no grace."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").outer_join(
        builder.stream("right"), PAIR, JoinWindows.of_time_difference(10).grace(0).before(25).after(2)
    ).to("out")
    return builder
