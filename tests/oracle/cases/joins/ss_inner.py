"""Stream-stream inner join: both edges of the window, several matches, order of results."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    window = JoinWindows.of_time_difference(10).grace(100)
    left.join(right, PAIR, window, key=str, value=str, other_value=str).to("out")
    return builder
