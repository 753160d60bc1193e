from oracle_names import windowed

from kstream_cli import SessionWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    windows = SessionWindows.of_inactivity_gap(8).grace(40)
    stream.group_by_key().windowed_by(windows).count(store="s").to_stream().map(windowed, key=str, value=int).to("out")
    return builder
