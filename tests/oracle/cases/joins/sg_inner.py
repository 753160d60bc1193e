"""Stream-GlobalKTable inner join by a mapped key."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream, table = builder.stream("s"), builder.global_table("g")
    stream.join(table, PAIR, selector=lambda key, value: None if value.startswith("-") else value[:1]).to("out")
    return builder
