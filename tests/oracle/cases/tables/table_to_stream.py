"""Source table without a store name, toStream: tombstones of unknown keys pass."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.table("in").to_stream().to("out")
    return builder
