from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    stream.group_by_key().count(store="s").to_stream().to("out", key=str, value=int)
    return builder
