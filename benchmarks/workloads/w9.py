"""W9: a count by key, whose changelog is long when it starts."""

from benchmarks.workloads.settings import INPUT, OUTPUT, config
from kstream_cli import StreamsBuilder

__all__ = ["builder", "config"]

builder = StreamsBuilder()
builder.stream(INPUT, key=str, value=str).group_by_key().count(store="counts").to_stream().to(OUTPUT)
