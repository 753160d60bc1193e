from oracle_names import cat

from kstream_cli import StreamsBuilder, TimeWindows


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    more = builder.stream("more", key=str, value=str)
    table = (
        stream.group_by_key()
        .cogroup(lambda key, value, kept: cat(kept, value))
        .cogroup(
            more.group_by_key(), lambda key, value, kept: None if value == "stop" else cat(kept, cat(value).upper())
        )
        .windowed_by(TimeWindows.of_size(20).grace(20))
        .aggregate(str, store="s", value=str)
    )
    table.to_stream().map(lambda key, value: (f"{key.key}@{key.window.start}", value), key=str, value=str).to("out")
    return builder
