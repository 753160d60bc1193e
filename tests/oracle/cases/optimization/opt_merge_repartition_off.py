"""The same topology with optimization none: two repartition topics."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in").select_key(lambda key, value: value[:1])
    stream.group_by_key().count(store="n").to_stream().to("out1", value=int)
    loud = stream.map_values(lambda value: value + "!")
    loud.group_by_key().reduce(lambda x, y: x + y, store="r").to_stream().to("out2")
    return builder
