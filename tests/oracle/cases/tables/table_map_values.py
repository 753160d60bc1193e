"""Table mapValues with and without a store, tombstones not given to the mapper."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    table = builder.table("in")
    table.map_values(lambda value: value + "!").to_stream().to("out1")
    table.map_values(lambda key, value: key + value, with_key=True, store="mapped").to_stream().to("out2")
    return builder
