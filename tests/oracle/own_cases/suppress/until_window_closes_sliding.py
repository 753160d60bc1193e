"""UntilWindowCloses over sliding windows, through filter and mapValues."""

from oracle_names import cat

from kstream_cli import BufferConfig, SlidingWindows, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").group_by_key(key=str, value=str).windowed_by(
        SlidingWindows.of_time_difference(8).grace(15)
    ).reduce(cat, store="w").filter(lambda key, value: not value.endswith("1")).map_values(
        lambda value: value + "!"
    ).suppress(
        Suppressed.until_window_closes(
            BufferConfig.unbounded().with_max_records(1000).shut_down_when_full(), name="sup"
        )
    ).to_stream(lambda key, value: f"{key.key}@{key.start}").to("out", key=str)
    return builder
