"""W1: a filter and a map_values."""

from benchmarks.workloads.settings import INPUT, OUTPUT, config
from kstream_cli import StreamsBuilder

__all__ = ["builder", "config"]

builder = StreamsBuilder()
(
    builder.stream(INPUT, key=str, value=str)
    .filter(lambda key, value: not value.startswith("a"))
    .map_values(str.upper, value=str)
    .to(OUTPUT)
)
