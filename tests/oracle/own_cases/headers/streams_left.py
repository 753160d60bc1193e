from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.stream("left", key=str, value=str)
    right = builder.stream("right", key=str, value=str)
    window = JoinWindows.of_time_difference(10).grace(5)
    left.left_join(right, PAIR, window, store="j").to("out", key=str, value=str)
    return builder
