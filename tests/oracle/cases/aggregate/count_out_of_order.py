"""The timestamp of a result is the largest one seen for the key, not the input's."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").group_by_key().count(store="counts").to_stream().to("out", value=int)
    return builder
