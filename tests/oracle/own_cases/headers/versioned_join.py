from oracle_names import PAIR

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    table = builder.table(
        "tab", key=str, value=str, store=Materialized(supplier=Stores.versioned("s", history_retention=60))
    )
    stream.left_join(table, PAIR, name="j", grace=10).to("out", key=str, value=str)
    return builder
