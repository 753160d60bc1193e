"""FlatMapValues, with the key, headers kept."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").flat_map_values(lambda key, value: [key + value, value + key], with_key=True).to("out")
    return builder
