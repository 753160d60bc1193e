"""FlatMap gives none, one or several records, all with the input's timestamp."""

from kstream_cli import IntegerSerde, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    lengths = builder.stream("in").flat_map(lambda key, value: [(w, len(w)) for w in value.split(",") if w])
    lengths.to("out", key=str, value=IntegerSerde())
    return builder
