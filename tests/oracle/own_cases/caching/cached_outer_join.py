"""An outer join of tables with the cache on."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.table("left"), builder.table("right")
    left.outer_join(right, PAIR, store="J").to_stream().to("out")
    return builder
