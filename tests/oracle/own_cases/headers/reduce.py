from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    stream.group_by_key().reduce(lambda kept, new: None if new == "stop" else kept + new, store="s").to_stream().to(
        "out"
    )
    return builder
