from oracle_names import Overlapping, at_start, cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    table = (
        stream.group_by_key()
        .windowed_by(Overlapping(12))
        .aggregate(str, lambda key, value, kept: None if value == "stop" else cat(kept, value), store="s", value=str)
    )
    table.to_stream().map(at_start, key=str, value=str).to("out")
    return builder
