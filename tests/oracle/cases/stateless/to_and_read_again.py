"""To() a topic and stream() of the same topic again."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").map_values(lambda value: value + "1").to("mid")
    builder.stream("mid").map_values(lambda value: value + "2").to("out")
    return builder
