"""A stream joined with a table that the same records fill: rows that are looked up stay longer."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    words = builder.stream("in").flat_map_values(lambda value: value.split(" "))
    table = words.filter(lambda key, value: len(value) > 6).to_table(store="t")
    table.to_stream().to("out")
    words.join(table, PAIR).to("joined")
    return builder
