"""MapValues keeps the key; with and without the key argument; null values are passed in."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    stream.map_values(lambda value: cat(value, "?")).to("out1")
    stream.map_values(lambda key, value: cat(key, "=", value), with_key=True).to("out2")
    return builder
