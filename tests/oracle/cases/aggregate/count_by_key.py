"""Count by key with unnamed store."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").group_by_key().count().to_stream().to("out", value=int)
    return builder
