from oracle_names import windowed

from kstream_cli import SlidingWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    windows = SlidingWindows.of_time_difference(10).grace(30)
    stream.group_by_key().windowed_by(windows).count(store="s").to_stream().map(windowed, key=str, value=int).to("out")
    return builder
