"""UntilTimeLimit on a table: latest value after the limit of stream time; the edge."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    suppressed = Suppressed.until_time_limit(100, BufferConfig.unbounded())
    builder.table("in").suppress(suppressed).to_stream().to("out")
    return builder
