"""Count of data in the last 10 minutes: hopping windows of 10 minutes, one minute apart."""

from kstream_cli import StreamsBuilder, TimeWindows


def build(case):
    builder = StreamsBuilder()
    windows = TimeWindows.of_size(minutes=10).grace(minutes=1).advance_by(minutes=1)
    counts = builder.stream("in").group_by_key().windowed_by(windows).count(store="last10")
    counts.to_stream(lambda w, n: f"{w.key}@{w.start}-{w.end}").to("out", key=str, value=int)
    return builder
