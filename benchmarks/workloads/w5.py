"""W5: a stream joined with a table of 10,000 rows."""

from benchmarks.workloads.settings import INPUT, OUTPUT, TABLE, config
from kstream_cli import StreamsBuilder

__all__ = ["builder", "config"]

builder = StreamsBuilder()
table = builder.table(TABLE, key=str, value=str, store="rows")
builder.stream(INPUT, key=str, value=str).join(table, lambda value, row: f"{value[:40]}|{row}").to(OUTPUT, value=str)
