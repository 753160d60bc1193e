"""W2: word count over lines of ten words, through a repartition topic, in a persistent store."""

from benchmarks.workloads.settings import INPUT, OUTPUT, config
from kstream_cli import StreamsBuilder

__all__ = ["builder", "config"]

builder = StreamsBuilder()
(
    builder.stream(INPUT, key=str, value=str)
    .flat_map_values(str.split, value=str)
    .group_by(lambda key, word: word, key=str)
    .count(store="counts")
    .to_stream()
    .to(OUTPUT)
)
