"""Left join on equal timestamps with the emit interval of 1000 ms."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").left_join(builder.stream("right"), PAIR, JoinWindows.of_time_difference(0)).to("out")
    return builder
