"""Rows of a store for a terminal or for another program: as a table, as JSON or as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from rich.table import Table
from rich.text import Text

from kstream_cli.commands.output.clock import clock
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import QueriedRow
from kstream_cli.commands.output.record_text import json_text, text_of
from kstream_cli.commands.output.standard_streams import results
from kstream_cli.operations.store_query import StoredRow
from kstream_cli.serde.windowed import LONG_MAX, Windowed

_ROWS_OF_A_TABLE = 500


class RowFormat(StrEnum):
    """How rows are shown."""

    table = "table"
    json = "json"
    csv = "csv"


@dataclass(frozen=True, slots=True)
class ShownRows:
    """How the rows of one store are shown."""

    store: str
    is_windowed: bool
    format: RowFormat

    def show(self, rows: Iterable[StoredRow]) -> int:
        """Write them; how many there were."""
        match self.format:
            case RowFormat.json:
                return self._write_json(rows)
            case RowFormat.csv:
                return self._write_csv(rows)
            case _:
                return self._print_tables(rows)

    def _write_json(self, rows: Iterable[StoredRow]) -> int:
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is the result
            shape = QueriedRow(
                store=self.store,
                key=row.key,
                value=row.value,
                timestamp=row.timestamp,
                partition=row.partition,
                offset=row.offset,
                valid_to=row.valid_to,
            )
            results().write(json_text(shape) + "\n")
        return count

    def _write_csv(self, rows: Iterable[StoredRow]) -> int:
        windowed = self.is_windowed
        times = ("start", "end") if windowed else ()
        lines = csv.writer(results(), lineterminator="\n")
        lines.writerow(("key", *times, "value", "timestamp", "partition", "offset"))
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is the result
            key: tuple[str, ...] = (text_of(row.key),)
            if windowed and isinstance(row.key, Windowed):
                key = (text_of(row.key.key), str(row.key.start), "" if row.key.end == LONG_MAX else str(row.key.end))
            value = "" if row.value is None else text_of(row.value)
            lines.writerow((*key, value, *map(_number, (row.timestamp, row.partition, row.offset))))
        return count

    def _print_tables(self, rows: Iterable[StoredRow]) -> int:
        """In parts, so that a large store is never in memory; only the first one has a header."""
        terminal, count = console(), 0
        left = iter(rows)
        while part := list(islice(left, _ROWS_OF_A_TABLE)):
            table = Table(box=None, pad_edge=False, header_style="muted", show_header=not count)
            table.add_column("key", overflow="fold")
            if self.is_windowed:
                table.add_column("window", overflow="fold")
            table.add_column("value", overflow="fold")
            table.add_column("time", overflow="fold")
            table.add_column("at", overflow="fold", style="muted")
            for row in part:
                table.add_row(*self._cells(row))
            terminal.print(table)
            count += len(part)
        return count

    def _cells(self, row: StoredRow) -> Iterator[Text]:
        if self.is_windowed and isinstance(row.key, Windowed):
            yield Text(text_of(row.key.key))
            yield Text(_window(row.key))
        else:
            yield Text(text_of(row.key))
            if self.is_windowed:
                yield Text("-")
        yield Text("deleted", "muted") if row.value is None else Text(text_of(row.value))
        held = "" if row.valid_to is None else f" to {clock(row.valid_to)}"
        yield Text(("-" if row.timestamp is None else clock(row.timestamp)) + held)
        yield Text(f"{row.partition}" if row.offset is None else f"{row.partition}@{row.offset}")


def _window(key: Windowed[Any]) -> str:
    return f"{clock(key.start)} to {'?' if key.end == LONG_MAX else clock(key.end)}"


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
