"""Stream-table inner join: table updates make no output; tombstone; null key."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream, table = builder.stream("s"), builder.table("t")
    stream.join(table, PAIR).to("out")
    return builder
