"""The stores of one task: opened, restored, flushed, committed and closed together."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kstream_cli.errors import ForeignStateError, StoreDamagedError, StoreError
from kstream_cli.logs import logger
from kstream_cli.state.disk.store_folder import set_aside
from kstream_cli.state.store import StateStore
from kstream_cli.state.store_context import ChangelogAppend
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import Node, ProcessorNode
from kstream_cli.topology.topology import Topology

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Changelog:
    """The partition from which a store is restored."""

    store: str
    topic: str
    partition: int
    is_source: bool = False
    """A source topic serves as changelog: the store logs nothing, and is restored up to the committed offset."""


def changelogs(nodes: Iterable[Node], topology: Topology, application_id: str, partition: int) -> dict[str, Changelog]:
    """The changelogs of the stores that the nodes use, by store, in the order in which stores are flushed.

    Upstream stores come first, so that what a flush sends downstream is flushed in its turn.
    """
    found: dict[str, Changelog] = {}
    for name in store_names(nodes):
        builder = topology.stores[name]
        source = topology.source_changelogs.get(name)
        if source is not None:
            topic = topology.topic_name(source, application_id)
            found[name] = Changelog(name, topic, partition, is_source=True)
        elif builder.logging:
            found[name] = Changelog(name, f"{application_id}-{name}-changelog", partition)
    return found


def store_names(nodes: Iterable[Node]) -> list[str]:
    """The stores of the nodes, each once, in the order in which the nodes first use them."""
    used = (name for node in nodes if isinstance(node, ProcessorNode) for name in node.stores)
    return list(dict.fromkeys(used))


class StateManager:
    """Drives the stores of a task. Offsets are the next ones to read of each store's changelog.

    `restorable` are the stores that can be filled anew: those with a changelog, if it is not said.
    """

    def __init__(
        self,
        stores: Mapping[str, StateStore],
        changelogs: Mapping[str, Changelog],
        restorable: Collection[str] | None = None,
    ) -> None:
        self.stores = dict(stores)
        self.changelogs = dict(changelogs)
        self._restorable = self.changelogs.keys() if restorable is None else restorable
        self._restored: dict[str, int] = {}

    def open(self, context: TaskContext) -> None:
        """Open all stores, or none. One with damaged files starts anew where it can be restored."""
        try:
            for store in self.stores.values():
                try:
                    store.open(context)
                except StoreDamagedError as damage:
                    self._wipe(store.name, damage, context.task)
                    store.open(context)
                except ForeignStateError as foreign:
                    self._set_aside(store.name, foreign, context.task)
                    store.open(context)
        except BaseException:
            self.close()
            raise

    def _wipe(self, store: str, damage: StoreDamagedError, task: str) -> None:
        if store not in self._restorable:
            raise StoreError(
                f"task {task}: {damage}, and it has no changelog to be restored from: "
                "delete that folder to continue with an empty store"
            ) from damage
        log.warning("task %s: %s: it is deleted and restored", task, damage)
        shutil.rmtree(damage.path)

    def _set_aside(self, store: str, foreign: ForeignStateError, task: str) -> None:
        if store not in self._restorable:
            raise StoreError(
                f"task {task}: {foreign}, and store {store!r} has no changelog to be restored from: "
                "move that folder away to continue with an empty store"
            ) from foreign
        aside = set_aside(foreign.path)
        log.warning("task %s: %s: it is kept as %s, and store %r is restored", task, foreign, aside.name, store)

    def restore_from(self, store: str) -> int | None:
        """The changelog offset to restore from; None for the beginning."""
        reached = self._restored.get(store)
        return self.stores[store].committed_offset if reached is None else reached

    def restore(self, store: str, records: Iterable[Any], next_offset: int) -> None:
        """Apply a batch of changelog records, of which `next_offset` is the end."""
        self.stores[store].restore(records)
        self._restored[store] = next_offset

    def commit_restored(self) -> None:
        """Make durable what was restored so far."""
        for name, offset in self._restored.items():
            self.stores[name].commit(offset)

    def flush(self) -> None:
        for store in self.stores.values():
            store.flush()

    def commit(self, offsets: Mapping[str, int]) -> None:
        """Make all writes durable, with the changelog offsets reached where they are known (by store)."""
        for name, store in self.stores.items():
            store.commit(offsets.get(name))

    def close(self) -> list[BaseException]:
        """Close all stores, whatever some of them raise; gives what they raised."""
        errors: list[BaseException] = []
        for store in reversed(self.stores.values()):
            try:
                store.close()
            except BaseException as error:
                errors.append(error)
        return errors


def appends(
    changelogs: Mapping[str, Changelog],
    application_id: str,
    stores: Iterable[str],
    append: Callable[[str, str, int], ChangelogAppend] | None,
) -> dict[str, tuple[str, ChangelogAppend | None]]:
    """By store: its changelog topic, and how to write to it (None: not at all, as for a standby's stores)."""
    found: dict[str, tuple[str, ChangelogAppend | None]] = {}
    for store in stores:
        changelog = changelogs.get(store)
        if changelog is None:
            found[store] = (f"{application_id}-{store}-changelog", None)
        elif changelog.is_source or append is None:
            found[store] = (changelog.topic, None)
        else:
            found[store] = (changelog.topic, append(store, changelog.topic, changelog.partition))
    return found
