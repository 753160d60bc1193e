"""Stream-stream joins of all kinds without names."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("l"), builder.stream("r")
    window = JoinWindows.of_time_difference(10)
    left.join(right, PAIR, window).to("o1")
    left.left_join(right, PAIR, window).to("o2")
    left.outer_join(right, PAIR, window).to("o3")
    return builder
