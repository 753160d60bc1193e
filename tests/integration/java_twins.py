"""Topologies that the Java programs beside the broker's project file have as well."""

from __future__ import annotations

from kstream_cli import EmitStrategy, StreamsBuilder, TimeWindows, Topology


def count_and_close(source: str, counts: str, windows: str) -> Topology:
    """CountAndClose.java."""
    builder = StreamsBuilder()
    grouped = builder.stream(
        source, key=str, value=str, timestamp_extractor=lambda record, key, value, time: int(value)
    ).group_by_key()
    grouped.count(store="counts").to_stream().to(counts, value=int)
    (
        grouped.windowed_by(TimeWindows.of_size(10))
        .emit_strategy(EmitStrategy.on_window_close())
        .count(store="windows")
        .to_stream()
        .map(lambda key, count: (f"{key.key}@{key.window.start}", count), key=str, value=int)
        .to(windows)
    )
    return builder.build()
