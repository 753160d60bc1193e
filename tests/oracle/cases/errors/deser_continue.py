"""Bad bytes with LogAndContinue: the record is skipped."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=int).to("out")
    return builder
