"""MaxBytes with emitEarlyWhenFull."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    suppressed = Suppressed.until_time_limit(1000, BufferConfig.max_bytes(200).emit_early_when_full())
    builder.table("in").suppress(suppressed).to_stream().to("out")
    return builder
