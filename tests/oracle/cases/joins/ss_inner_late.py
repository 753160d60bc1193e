"""Inner join: late records and the store's retention (window 10, grace 5)."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    left.join(right, PAIR, JoinWindows.of_time_difference(10).grace(5)).to("out")
    return builder
