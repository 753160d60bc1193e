"""MaxBytes with headers in the records: which keys go early, and their order in the changelog."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    builder.table("left").suppress(
        Suppressed.until_time_limit(1000, BufferConfig.max_bytes(120).emit_early_when_full())
    ).to_stream().to("out")
    return builder
