"""Outer join with its own window stores."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")

    def kept(name):
        return Stores.window(name, retention=25, window_size=20, retain_duplicates=True, persistent=False)

    left.outer_join(
        right, PAIR, JoinWindows.of_time_difference(10).grace(5), this_store=kept("tw"), other_store=kept("ow")
    ).to("o1")
    return builder
