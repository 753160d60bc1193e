"""Shows what a store holds: as a table, as JSON or as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.clock import clock
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_shapes import QueriedRow
from kstream_cli.commands.output.record_text import json_text, text_of
from kstream_cli.commands.output.standard_streams import results, say
from kstream_cli.operations.changelog_store import ChangelogStore
from kstream_cli.operations.start_position import StartPosition, moment
from kstream_cli.operations.store_layout import StoreKind
from kstream_cli.operations.store_query import RowSelection, StoredRow
from kstream_cli.serde.named import named_serde
from kstream_cli.serde.windowed import LONG_MAX, Windowed

_ROWS_OF_A_TABLE = 500


class RowFormat(StrEnum):
    """How rows are shown."""

    table = "table"
    json = "json"
    csv = "csv"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command that choose rows, as texts."""

    key: str | None
    from_key: str | None
    to_key: str | None
    prefix: str | None
    from_time: str | None
    to_time: str | None

    def selection(self, key_bytes: Callable[[str], bytes]) -> RowSelection:
        def written(text: str | None) -> bytes | None:
            return None if text is None else key_bytes(text)

        return RowSelection(
            key=written(self.key),
            first_key=written(self.from_key),
            last_key=written(self.to_key),
            prefix=(self.prefix or "").encode(),
            first_time=None if self.from_time is None else moment(self.from_time),
            last_time=None if self.to_time is None else moment(self.to_time),
        )


@dataclass(frozen=True, slots=True)
class Querying:
    """A store of an application on a cluster."""

    store: ChangelogStore

    @classmethod
    def of(
        cls,
        store: str,
        *,
        key_serde: str | None,
        value_serde: str | None,
        kind: StoreKind | None,
        window_size_ms: int | None,
        **named: Any,
    ) -> Self:
        """From the options of the command: those of `Target.of`, and what a topology would say of the store."""
        key, value = (None if name is None else named_serde(name) for name in (key_serde, value_serde))
        target = Target.of(**named).connected()
        found = ChangelogStore(
            target.topology, target.config, store, key=key, value=value, kind=kind, window_size_ms=window_size_ms
        )
        return cls(found)

    def run(self, asked: Asked, *, at: str | None, since: str | None, limit: int | None, format: RowFormat) -> None:
        """Show the rows, or with `since` the changes, that are asked for."""
        selection = asked.selection(self.store.key_bytes)
        end = None if at is None else StartPosition.of_moment(at)
        with _progress(self.store.topic) as progress:
            if since is None:
                found = self.store.rows(selection, at=end, progress=progress)
            else:
                found = self.store.changes(selection, StartPosition.of_moment(since), at=end, progress=progress)
            count = self._show(islice(found, limit), format)
        if not count:
            say(f"store {self.store.name} has no such {'row' if since is None else 'change'} ({self.store.topic})")

    def _show(self, rows: Iterable[StoredRow], format: RowFormat) -> int:
        match format:
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
                store=self.store.name,
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
        windowed = self.store.layout.is_windowed
        times = ("start", "end") if windowed else ()
        lines = csv.writer(results(), lineterminator="\n")
        lines.writerow(("key", *times, "value", "timestamp", "partition", "offset"))
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is the result
            key: tuple[str, ...] = (text_of(row.key),)
            if windowed and isinstance(row.key, Windowed):
                key = (text_of(row.key.key), str(row.key.start), "" if row.key.end == LONG_MAX else str(row.key.end))
            value = "" if row.value is None else text_of(row.value)
            lines.writerow((*key, value, row.timestamp, row.partition, row.offset))
        return count

    def _print_tables(self, rows: Iterable[StoredRow]) -> int:
        """In parts, so that a large store is never in memory; only the first one has a header."""
        terminal, count = console(), 0
        left = iter(rows)
        while part := list(islice(left, _ROWS_OF_A_TABLE)):
            table = Table(box=None, pad_edge=False, header_style="muted", show_header=not count)
            table.add_column("key", overflow="fold")
            if self.store.layout.is_windowed:
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
        if self.store.layout.is_windowed and isinstance(row.key, Windowed):
            yield Text(text_of(row.key.key))
            yield Text(_window(row.key))
        else:
            yield Text(text_of(row.key))
            if self.store.layout.is_windowed:
                yield Text("-")
        yield Text("deleted", "muted") if row.value is None else Text(text_of(row.value))
        held = "" if row.valid_to is None else f" to {clock(row.valid_to)}"
        yield Text(clock(row.timestamp) + held)
        yield Text(f"{row.partition}@{row.offset}")


def _window(key: Windowed[Any]) -> str:
    return f"{clock(key.start)} to {'?' if key.end == LONG_MAX else clock(key.end)}"


@contextmanager
def _progress(topic: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal while the changelog is read; it goes once rows are shown."""
    errors = console(error=True)
    if not errors.is_terminal:
        yield None
        return
    columns = (TextColumn("reading {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(topic, total=None)
        yield lambda read, total: bar.update(task, completed=read, total=total)
