"""SelectKey alone makes no repartition topic."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").select_key(lambda key, value: None if value is None else value[:1]).to("out")
    return builder
