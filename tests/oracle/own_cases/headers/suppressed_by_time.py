from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    table = builder.table("in", key=str, value=str, store="s")
    buffer = BufferConfig.max_records(2).emit_early_when_full()
    table.suppress(Suppressed.until_time_limit(20, buffer, name="sup")).to_stream().to("out")
    return builder
