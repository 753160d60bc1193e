"""All: self-join with a single window store."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    stream.join(stream, PAIR, JoinWindows.of_time_difference(10)).to("out")
    return builder
