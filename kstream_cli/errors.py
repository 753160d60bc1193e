"""Every error kstream raises: one tree under StreamsError, each saying what, where and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class StreamsError(Exception):
    """The root of all kstream errors (Java: StreamsException)."""


class ConfigError(StreamsError, ValueError):
    """A configuration key or value is unknown or not allowed (Java: ConfigException)."""


class TopologyError(StreamsError, ValueError):
    """A topology cannot be built as written (Java: TopologyException)."""


class CoPartitioningError(TopologyError):
    """Topics that must have the same number of partitions have different numbers."""


class ModuleError(StreamsError):
    """A topology module cannot be found, imported, or holds no single topology."""


class SerializationError(StreamsError):
    """A key or value could not be turned into bytes or back (Java: SerializationException); the message says which."""


class ProcessingError(StreamsError):
    """Your code raised while a record was processed; `node`, `task` and the record's position say where."""

    def __init__(
        self,
        message: str,
        *,
        task: str | None = None,
        node: str | None = None,
        topic: str | None = None,
        partition: int | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(message)
        self.task = task
        self.node = node
        self.topic = topic
        self.partition = partition
        self.offset = offset


class ProducerError(StreamsError):
    """A record could not be sent to its topic."""


class StoreError(StreamsError):
    """A state store was used in a way it does not allow (Java: InvalidStateStoreException)."""


class StoreClosedError(StoreError):
    """A store, or an iterator over one, was used after it was closed (Java: InvalidStateStoreException)."""


class UnknownStoreError(StoreError, KeyError):
    """There is no store of that name; the message lists the stores there are (Java: UnknownStateStoreException)."""

    def __str__(self) -> str:  # KeyError would print the repr of its argument.
        return str(self.args[0]) if self.args else ""


class StoreNotAvailableError(StoreError):
    """The store cannot be read now: it is being restored, another instance has it, or the application has stopped."""


class BufferFullError(StreamsError):
    """A suppress buffer that must not overflow is full (Java: StreamsException of shutDownWhenFull)."""


class StateDirectoryLockedError(StreamsError):
    """The task's state directory is in use by another process."""


class AccessDeniedError(StreamsError):
    """The cluster does not give the application's user a right that it needs; names the operation and its object."""


class TaskMigratedError(StreamsError):
    """The task belongs to another member of the group now; its uncommitted work is dropped (never fatal)."""


class ProducerFencedError(TaskMigratedError):
    """Another producer has this transactional id, or the broker no longer knows it: a new producer continues."""


class FencedInstanceIdError(StreamsError):
    """Another live instance has the same `group.instance.id`: this one, the older, ends (Java:
    FencedInstanceIdException). `said` are the words of who noticed."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"another live instance has the same group.instance.id, and this one, the older, ends: {said}\n"
            "Give each instance its own group.instance.id."
        )


class CommitFailedError(StreamsError):
    """The last commit, of an application that stops, was not acknowledged: its records are processed again at the
    next start."""


class TaskCorruptedError(StreamsError):
    """Uncommitted work is dropped, and the tasks continue from the last commit (never fatal).

    `tasks` are those whose local state cannot be trusted either: it is deleted and restored from the changelog.
    """

    def __init__(self, message: str, *, tasks: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.tasks = tasks


class StoreDamagedError(StoreError, TaskCorruptedError):
    """A store's files in `path` are damaged: it starts empty, and is restored from its changelog if it has one."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path


class ForeignStateError(StoreError):
    """The files in `path` are not this store's: they are moved aside if the store can be restored from a changelog."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path


class GroupJoinError(StreamsError):
    """The brokers do not let the application into its group; says who is in it, or what is wrong with the settings."""


class ApplicationShutdownError(StreamsError):
    """An instance of the application asked all of its instances to shut down."""


class LostOffsetsError(StreamsError):
    """The committed offset is no longer retained by the broker."""


class MissingTopicsError(StreamsError):
    """Source topics do not exist; `topics` lists them."""

    def __init__(self, message: str, *, topics: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.topics = topics


class TopicPartitionsError(StreamsError):
    """A topic exists with another number of partitions than needed."""


class OrphanedStateError(StreamsError):
    """A start with this topology would leave state of the application behind on the cluster."""


class BrokerUnavailableError(StreamsError):
    """No broker answers at the bootstrap servers."""


class StateError(StreamsError, RuntimeError):
    """A call that the present state of the application does not allow (Java: IllegalStateException)."""
