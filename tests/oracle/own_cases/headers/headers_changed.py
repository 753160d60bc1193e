from kstream_cli import FixedKeyProcessor, StreamsBuilder


def build(case):
    class Change(FixedKeyProcessor):
        def process(self, record):
            kept = tuple(header for header in record.headers if header[0] != "n")
            self.context.forward(record.with_headers((*kept, ("own", b"v"))))
            self.context.forward(record.with_headers(()))

    builder = StreamsBuilder()
    changed = builder.stream("in", key=str, value=str).process_values(Change, value=str)
    changed.group_by_key().reduce(lambda kept, new: new, store="s").to_stream().to("out")
    return builder
