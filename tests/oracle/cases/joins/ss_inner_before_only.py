"""Inner join with before only."""

from oracle_names import cat

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    window = JoinWindows.of_time_difference(0).grace(50).before(20)
    left.join(right, lambda key, x, y: cat(key, ":", x, y), window, with_key=True).to("out")
    return builder
