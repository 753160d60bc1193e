"""ToStream with a key selector."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    by_value = builder.table("in").to_stream(lambda key, value: value)
    by_value.group_by_key().count(store="n").to_stream().to("out", value=int)
    return builder
