"""Left self-join with a single store."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.stream("left")
    left.left_join(left, PAIR, JoinWindows.of_time_difference(10).grace(5)).to("out")
    return builder
