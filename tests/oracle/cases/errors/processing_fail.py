"""A mapper throws with the default handler: the error."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").map_values(lambda value: str(10 // int(value))).to("out")
    return builder
