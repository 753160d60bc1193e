"""Repartition with a name and a number of partitions, even though the key did not change."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").repartition(name="mine", partitions=3).to("out")
    return builder
