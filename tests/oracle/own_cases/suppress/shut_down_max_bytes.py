"""MaxBytes with shutDownWhenFull: the step of the error."""

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    builder.table("left").suppress(
        Suppressed.until_time_limit(15, BufferConfig.max_bytes(120).shut_down_when_full())
    ).to_stream().to("out")
    return builder
