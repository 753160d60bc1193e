from oracle_names import Growing, at_start

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    table = stream.group_by_key().windowed_by(Growing(5)).count(store="s")
    table.to_stream().map(at_start, key=str, value=int).to("out")
    return builder
