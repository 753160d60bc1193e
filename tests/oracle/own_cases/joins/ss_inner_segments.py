"""Inner join over minutes: records past the retention, segments expire."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").join(builder.stream("right"), PAIR, JoinWindows.of_time_difference(30000).grace(20000)).to(
        "out"
    )
    return builder
