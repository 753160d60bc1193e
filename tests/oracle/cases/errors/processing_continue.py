"""A mapper throws; processing handler CONTINUE: the record is dropped, others go on."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    stream.map_values(lambda value: str(10 // int(value)), value=str).to("out")
    stream.to("copy")
    return builder
