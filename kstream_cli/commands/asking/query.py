"""Shows what a store held, from its changelog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kstream_cli.commands.asking.rows import RowFormat, ShownRows
from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.standard_streams import say
from kstream_cli.operations.changelog_store import ChangelogStore
from kstream_cli.operations.start_position import StartPosition, moment
from kstream_cli.operations.store_layout import StoreKind
from kstream_cli.operations.store_query import RowSelection
from kstream_cli.serde.named import named_serde


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
            count = ShownRows(self.store.name, self.store.layout.is_windowed, format).show(islice(found, limit))
        if not count:
            say(f"store {self.store.name} has no such {'row' if since is None else 'change'} ({self.store.topic})")


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
