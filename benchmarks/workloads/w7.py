"""W7: a chain of twenty stateless operators."""

from benchmarks.workloads.settings import INPUT, OUTPUT, config
from kstream_cli import StreamsBuilder

__all__ = ["builder", "config"]

builder = StreamsBuilder()
stream = builder.stream(INPUT, key=str, value=str)
for _ in range(5):
    stream = (
        stream.filter(lambda key, value: len(value) > 1)
        .map_values(lambda value: value[1:] + value[0], value=str)
        .map(lambda key, value: (key, value[1:] + value[0]), key=str, value=str)
        .filter_not(lambda key, value: value == "")
    )
stream.to(OUTPUT, key=str, value=str)
