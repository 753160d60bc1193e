"""Peek and foreach run in order for each record."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    (
        stream.peek(lambda key, value: case.log(f"peek1 {key}={value}"))
        .map_values(lambda value: value + value)
        .peek(lambda key, value: case.log(f"peek2 {key}={value}"), name="second-peek")
        .to("out")
    )
    stream.foreach(lambda key, value: case.log(f"foreach {key}={value}"))
    return builder
