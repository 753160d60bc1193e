from kstream_cli import Materialized, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    store = Materialized(name="s", store_type="in_memory")
    stream.group_by_key().reduce(lambda kept, new: None if new == "stop" else new, store=store).to_stream().to("out")
    return builder
