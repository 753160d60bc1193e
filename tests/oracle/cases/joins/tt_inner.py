"""Table-table inner join with tombstones and out-of-order updates."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.table("left"), builder.table("right")
    left.join(right, PAIR).to_stream().to("out")
    return builder
