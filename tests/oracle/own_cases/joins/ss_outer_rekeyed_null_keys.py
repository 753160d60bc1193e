"""Outer join of re-keyed streams: null keys pass their repartition topics."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.stream("left").select_key(
        lambda key, value: None if value is None or value.startswith("a") else value[:1]
    )
    right = builder.stream("right").select_key(
        lambda key, value: None if value is None or value.startswith("b") else value[:1]
    )
    left.outer_join(right, PAIR, JoinWindows.of_time_difference(20).grace(5)).to("out")
    return builder
