"""FlatMapValues, with the key, headers kept."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").flat_map_values(lambda key, value: [cat(key, value), cat(value, key)], with_key=True).to("out")
    return builder
