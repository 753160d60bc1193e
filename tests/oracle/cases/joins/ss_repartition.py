"""Stream-stream join after key changes: repartition topics and their names."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    by_first = left.select_key(lambda key, value: value[:1])
    by_first.join(
        right.select_key(lambda key, value: value[:1]), PAIR, JoinWindows.of_time_difference(10), store="my-join"
    ).to("out")
    return builder
