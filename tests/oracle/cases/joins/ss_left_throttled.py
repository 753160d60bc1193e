"""Left join with the default emit interval: left results wait for a second of wall clock too."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    left.left_join(right, PAIR, JoinWindows.of_time_difference(10), key=str, value=str, other_value=str).to("out")
    return builder
