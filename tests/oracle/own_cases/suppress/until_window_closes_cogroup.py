"""UntilWindowCloses over a windowed cogroup, with the cache on."""

from oracle_names import cat

from kstream_cli import BufferConfig, Materialized, StreamsBuilder, Suppressed, TimeWindows


def build(case):
    builder = StreamsBuilder()
    builder.stream("left").group_by_key(key=str, value=str).cogroup(
        lambda key, value, whole: cat(whole, value)
    ).cogroup(
        builder.stream("right").group_by_key(key=str, value=str), lambda key, value, whole: cat(whole, "/", value)
    ).windowed_by(TimeWindows.of_size(20).grace(5)).aggregate(
        lambda: "", store=Materialized("w", key=str, value=str)
    ).suppress(Suppressed.until_window_closes(BufferConfig.unbounded())).to_stream(
        lambda key, value: f"{key.key}@{key.start}"
    ).to("out", key=str)
    return builder
