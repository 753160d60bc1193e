"""Left and outer join: null keys."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    left.outer_join(right, PAIR, JoinWindows.of_time_difference(10)).to("out")
    return builder
