"""Table filter without materialization: tombstones only where there may have been a value."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    table = builder.table("in", key=str, value=int)
    table.filter(lambda key, value: value > 10).to_stream().to("big")
    table.filter_not(lambda key, value: value > 10).to_stream().to("small")
    return builder
