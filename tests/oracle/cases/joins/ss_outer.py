"""Outer join, no grace (emit interval 0): both sides unmatched; a later match takes the held one away."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    left.outer_join(right, PAIR, JoinWindows.of_time_difference(10), key=str, value=str, other_value=str).to("out")
    return builder
