"""MaxRecords with emitEarlyWhenFull: oldest goes out when the buffer is over its limit."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    suppressed = Suppressed.until_time_limit(1000, BufferConfig.max_records(2).emit_early_when_full())
    builder.table("in").suppress(suppressed).to_stream().to("out")
    return builder
