"""Only the store named: the repartition topic takes the store's name."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    by_value = builder.stream("in").select_key(lambda key, value: value)
    by_value.group_by_key().count(store="s").to_stream().to("out", value=int)
    return builder
