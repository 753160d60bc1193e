"""A mapper throws; CONTINUE with a dead letter queue topic: raw key and value and headers of the DLQ record."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in").map_values(lambda value: value + "")
    stream.map_values(lambda value: str(10 // int(value))).to("out")
    return builder
