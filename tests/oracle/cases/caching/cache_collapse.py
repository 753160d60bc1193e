"""Several updates of one key from one input record collapse into one; order of changelog and output on flush."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    words = builder.stream("in").flat_map_values(lambda value: value.split(" "))
    words.group_by_key().count(store="n").to_stream().to("out", value=int)
    pairs = builder.stream("in2").flat_map(lambda key, value: [(word, word) for word in value.split(" ")])
    pairs.group_by_key().reduce(lambda x, y: x + y, store="r").to_stream().to("out2")
    return builder
