"""Shows what a store holds, from the instances that run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

from kstream_cli.commands import exit_codes
from kstream_cli.commands.asking.instances import instances_of
from kstream_cli.commands.asking.rows import RowFormat, ShownRows
from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.standard_streams import say
from kstream_cli.endpoint.running_store import Asked, RunningStore
from kstream_cli.errors import ConfigError, StoreNotAvailableError


@dataclass(frozen=True, slots=True)
class RunningQuery:
    """A store of an application that runs."""

    store: RunningStore

    @classmethod
    def of(cls, store: str, *, instances: Sequence[str] | None, token_file: Path | None, **named: Any) -> Self:
        """From the options of the command: those of `Target.of`, and which instances to ask.

        Raises ConfigError where nothing says which application is meant.
        """
        target = Target.of(**named)
        if not instances:
            target = target.connected()
            if not target.is_named:
                raise ConfigError("which application? Name its module with -m, or give --application-id or --instance")
        found = instances_of(target, instances, token_file)
        if not found.clients:
            raise StoreNotAvailableError(
                f"no instance of {target.config.application_id} can be asked: none serves an endpoint that can be "
                "found\nStart it with kstream run --http 8080, name one with --instance HOST:PORT, or read the "
                "changelog: add --from-changelog"
            )
        return cls(RunningStore(store, found))

    def run(self, key: str | None, asked: Asked, *, limit: int | None, format: RowFormat) -> int:
        """Show the rows; the exit code, which tells whether all instances that have some could be asked."""
        rows = self.store.of_range(asked) if key is None else self.store.of_key(key, asked)
        count = ShownRows(self.store.name, self.store.is_windowed, format).show(islice(rows, limit))
        for partition, lag in sorted(self.store.behind.items()):
            how = "how far it is behind is not known" if lag is None else f"{lag:,} records behind its changelog"
            say(f"partition {partition} is read from a copy: {how}")
        for problem in self.store.problems:
            say(problem)
        if not count and not self.store.problems:
            say(f"store {self.store.name} has no such row")
        return exit_codes.FAILED if self.store.problems else exit_codes.DONE
