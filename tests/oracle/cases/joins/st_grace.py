"""Stream-table join with grace: records wait in a buffer until stream time passes ts+grace."""

from oracle_names import PAIR

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("s")
    table = builder.table("t", store=Materialized(supplier=Stores.versioned("vt", history_retention=1000)))
    stream.join(table, PAIR, key=str, value=str, other_value=str, name="gj", grace=10).to("out")
    return builder
