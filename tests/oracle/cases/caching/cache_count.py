"""Count with the cache on: the test driver commits after each record, so each update is still sent."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").group_by_key().count(store="n").to_stream().to("out", value=int)
    return builder
