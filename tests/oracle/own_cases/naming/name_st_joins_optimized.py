"""Optimization all: stream-table joins after one key change."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.stream("left").select_key(lambda key, value: value)
    t = builder.table("right")
    left.join(t, PAIR, name="ja").to("o1")
    left.join(t, PAIR, name="jb").to("o2")
    left.map_values(lambda value: value).left_join(t, PAIR).to("o3")
    left.group_by_key(name="gg").count().to_stream().to("o4", value=int)
    return builder
