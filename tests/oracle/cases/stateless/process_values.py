"""ProcessValues: key stays, value and headers change; nothing forwarded for some."""

from kstream_cli import StreamsBuilder


def build(case):
    def with_offset(record, context):
        if record.value is None:
            return
        seen = record.with_headers((*record.headers, ("seen", b"yes")))
        context.forward(seen.with_value(f"{record.value}@{context.record_metadata().offset}"))

    builder = StreamsBuilder()
    values = builder.stream("in").process_values(with_offset, name="pv")
    values.group_by_key().count().to_stream().to("out", value=int)
    return builder
