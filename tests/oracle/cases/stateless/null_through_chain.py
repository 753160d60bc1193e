"""A record with null key and one with null value through every kind of stateless step."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    (
        builder.stream("in")
        .filter(lambda key, value: True)
        .map_values(lambda value: value)
        .peek(lambda key, value: case.log(cat(key, ",", value)))
        .select_key(lambda key, value: key)
        .flat_map_values(lambda value: [value, value])
        .map(lambda key, value: (key, value))
        .to("out")
    )
    return builder
