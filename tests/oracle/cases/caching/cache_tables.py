"""Table source, table-table join and grouped table with the cache on."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.table("left", store="l"), builder.table("right", store="r")
    joined = left.outer_join(right, PAIR, store="j")
    joined.to_stream().to("out")
    joined.group_by(lambda key, value: ("all", value)).count(store="n").to_stream().to("n-out", value=int)
    return builder
