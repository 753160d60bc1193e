"""Repartition() without a name."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    by_value = builder.stream("in").select_key(lambda key, value: value).repartition()
    by_value.map_values(lambda value: value + "!").to("out")
    return builder
