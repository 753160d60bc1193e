"""A stream merged with itself gives each record twice."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    stream.merge(stream.map_values(lambda value: value + "'")).merge(stream).to("out")
    return builder
