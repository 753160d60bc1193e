"""To() with a TopicNameExtractor that reads the value."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in").to(lambda key, value, context: "topic-" + value[0])
    return builder
