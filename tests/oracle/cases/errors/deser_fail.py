"""Bad bytes with the default handler: the error."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=int).to("out")
    return builder
