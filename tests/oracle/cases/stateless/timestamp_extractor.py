"""A custom timestamp extractor; sinks carry the extracted timestamp."""

from kstream_cli import StreamsBuilder


def build(case):
    def number_in_value(record, key, value, partition_time):
        case.log(f"partitionTime {partition_time}")
        return int(value)

    builder = StreamsBuilder()
    builder.stream("in", timestamp_extractor=number_in_value).to("out")
    return builder
