"""The mapper of one of several values throws: dead letter queue."""

from kstream_cli import StreamsBuilder


def build(case):
    def tenth(value):
        return str(10 // int(value))

    builder = StreamsBuilder()
    builder.stream("in").flat_map_values(lambda value: ["2", value, "5"]).map_values(tenth).to("out")
    return builder
