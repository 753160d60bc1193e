"""Several repartitions in a chain, one stream read twice."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    one = builder.stream("in").map(lambda key, value: (key + "1", value)).repartition(name="one")
    two = one.map(lambda key, value: (key + "2", value)).repartition()
    one.to("out1")
    two.to("out2")
    return builder
