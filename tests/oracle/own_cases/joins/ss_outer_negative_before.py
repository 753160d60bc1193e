"""Outer join whose window lies wholly after the left record."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").outer_join(
        builder.stream("right"), PAIR, JoinWindows.of_time_difference(10).before(-5).after(20)
    ).to("out")
    return builder
