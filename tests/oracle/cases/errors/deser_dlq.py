"""Bad bytes with LogAndContinue and a dead letter queue topic: headers of the DLQ record."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=int).to("out")
    return builder
