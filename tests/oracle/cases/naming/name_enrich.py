"""Stream-table, stream-global joins, dynamic sink; no names."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    everywhere, table = builder.global_table("g"), builder.table("t")
    stream = builder.stream("s").map(lambda key, value: (key, value))
    enriched = stream.join(table, PAIR).left_join(everywhere, PAIR, selector=lambda key, value: key)
    enriched.to(lambda key, value, context: "dyn")
    return builder
