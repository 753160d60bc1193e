"""Left join with before 3, after 20, grace 5: out-of-order records, null keys and values, headers."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").left_join(
        builder.stream("right"), PAIR, JoinWindows.of_time_difference(10).grace(5).before(3).after(20)
    ).to("out")
    return builder
