from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.table("left", key=str, value=str, store="l")
    right = builder.table("right", key=str, value=str, store="r")
    key = lambda value: None if value == "d" else value  # noqa: E731
    left.left_join(right, PAIR, foreign_key=key, store="s").to_stream().to("out")
    return builder
