"""Mixed stateless chain without names."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    (
        stream.filter(lambda key, value: True)
        .map(lambda key, value: (key, value))
        .flat_map(lambda key, value: [(key, value)])
        .flat_map_values(lambda value: [value])
        .map_values(lambda value: value)
        .select_key(lambda key, value: key)
        .peek(lambda key, value: None)
        .filter_not(lambda key, value: False)
        .to("out")
    )
    stream.foreach(lambda key, value: None)
    return builder
