"""Inner join, joiner with the key, nothing after."""

from oracle_names import cat

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").join(
        builder.stream("right"),
        lambda key, x, y: cat(key, ":", x, y),
        JoinWindows.of_time_difference(15).grace(10).after(0),
        with_key=True,
    ).to("out")
    return builder
