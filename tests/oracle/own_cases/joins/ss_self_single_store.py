"""Self-join with a single store, grace and an asymmetric window."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    s = builder.stream("left")
    s.join(s, PAIR, JoinWindows.of_time_difference(15).grace(10).after(4)).to("out")
    return builder
