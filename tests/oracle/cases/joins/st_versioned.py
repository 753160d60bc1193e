"""Stream-table join with a versioned table: the value as of the stream record's time."""

from oracle_names import PAIR

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("s")
    table = builder.table("t", store=Materialized(supplier=Stores.versioned("vt", history_retention=1000)))
    stream.left_join(table, PAIR).to("out")
    return builder
