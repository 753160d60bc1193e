from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.table("left", key=str, value=str, store="l")
    right = builder.table("right", key=str, value=str, store="r")
    left.outer_join(right, PAIR, store="s").to_stream().to("out", key=str, value=str)
    return builder
