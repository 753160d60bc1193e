"""Left join, grace 5: an unmatched left goes out after the window closed (emit interval 0)."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    left.left_join(right, PAIR, JoinWindows.of_time_difference(10).grace(5), key=str, value=str, other_value=str).to(
        "out"
    )
    return builder
