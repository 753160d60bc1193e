"""Table-table left join, materialized."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.table("left"), builder.table("right")
    left.left_join(right, PAIR, store="joined").to_stream().to("out")
    return builder
