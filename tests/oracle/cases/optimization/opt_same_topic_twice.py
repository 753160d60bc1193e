"""The same topic read twice as streams: source nodes merged with all, and how with none."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").map_values(lambda value: value + "1").to("out1")
    builder.stream("in").map_values(lambda value: value + "2").to("out2")
    return builder
