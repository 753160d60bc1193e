"""GroupBy makes a repartition topic; null new keys are dropped before it."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by(lambda key, value: None if value is None else value[:1])
    grouped.count().to_stream().to("out", value=int)
    return builder
