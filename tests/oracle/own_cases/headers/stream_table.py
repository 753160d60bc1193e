from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    table = builder.table("tab", key=str, value=str, store="s")
    stream.left_join(table, PAIR).to("out", key=str, value=str)
    return builder
