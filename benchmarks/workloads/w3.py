"""W3: count by key in ten-minute tumbling windows, in a persistent store."""

from benchmarks.workloads.settings import INPUT, OUTPUT, config
from kstream_cli import StreamsBuilder, TimeWindows

__all__ = ["builder", "config"]

builder = StreamsBuilder()
(
    builder.stream(INPUT, key=str, value=str)
    .group_by_key()
    .windowed_by(TimeWindows.of_size(minutes=10))
    .count(store="counts")
    .to_stream()
    .to(OUTPUT)
)
