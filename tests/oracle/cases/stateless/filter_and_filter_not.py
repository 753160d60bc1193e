"""Filter and filterNot see nulls."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    stream.filter(lambda key, value: value is not None and value.startswith("a")).to("yes")
    stream.filter_not(lambda key, value: value is not None and value.startswith("a")).to("no")
    return builder
