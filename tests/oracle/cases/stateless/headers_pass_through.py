"""Headers pass through map, filter, repartition."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    swapped = builder.stream("in").map(lambda key, value: (value, key)).filter(lambda key, value: True)
    swapped.repartition(name="r").to("out")
    return builder
