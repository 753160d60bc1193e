"""Left join over minutes with in-memory stores."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").left_join(
        builder.stream("right"), PAIR, JoinWindows.of_time_difference(30000).grace(20000)
    ).to("out")
    return builder
