"""Consumers and producers with the native way for records, where the extension was built and can be used.

Without it, confluent-kafka's own are made: slower, and Java cannot read the metadata that they commit.
KSTREAM_NATIVE=0 does without it, KSTREAM_NATIVE=require fails where it cannot be used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition

from kstream_cli.logs import logger
from kstream_cli.native import extension
from kstream_cli.runtime.clients.client_log import client_log
from kstream_cli.runtime.clients.records_by_partition import Fetched

log = logger(__name__)

LEVELS = (*[logging.CRITICAL] * 3, logging.ERROR, logging.WARNING, logging.INFO, logging.INFO, logging.DEBUG)
"""Python's log levels, by librdkafka's."""
UNDERSTOOD = frozenset({"error_cb", "log_level", "logger"})
"""Settings of confluent-kafka's that are not librdkafka's, and that a native producer knows."""


@cache
def native() -> ModuleType | None:
    """The extension, ready for use; None where it was not built, does not fit or is switched off."""
    clients = extension("clients")
    if clients is None:
        return None
    try:
        found = clients.use(_librdkafka())
        if found != confluent_kafka.libversion()[0]:
            raise ImportError(f"librdkafka {found} is not the one of confluent-kafka")
    except ImportError as error:
        if os.environ.get("KSTREAM_NATIVE") == "require":
            raise
        log.debug("native clients are not used: %s", error)
        return None
    return clients


def _librdkafka() -> str:
    """The library that confluent-kafka brings along, or is linked to."""
    package = Path(confluent_kafka.__file__).parent
    for folder in (package.with_name("confluent_kafka.libs"), package / ".dylibs"):
        for path in sorted(folder.glob("librdkafka*")):
            return str(path)
    return "librdkafka.so.1"


class CommittedOffset(NamedTuple):
    """What a group has committed for a partition, or has just been asked to commit."""

    topic: str
    partition: int
    offset: int
    """librdkafka's OFFSET_INVALID where there is none."""
    metadata: str | None
    error: Any
    """A KafkaError, or None."""


class NativeConsumer(Consumer):
    """A consumer whose records are taken with `fetch`; its own poll serves the group, and what went wrong.

    Offsets are committed and read with metadata as it is: confluent-kafka sends a zero byte at its end.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        clients = native()
        assert clients is not None
        super().__init__(_with_plugin(settings, clients))
        self._offsets = clients.Offsets()
        self._queues = clients.PartitionQueues()

    def fetch(self, count: int, seconds: float) -> Fetched:
        """Up to `count` records that have arrived, by partition, and events, waiting at most so long for the first."""
        event = self.poll(0)
        runs, events = self._queues.fetch(count)
        if event is None and not runs and not events and seconds:
            self._queues.wait(seconds)
            event = self.poll(0)
            runs, events = self._queues.fetch(count)
        return runs, events if event is None else [event, *events]

    def assign(self, partitions: Sequence[TopicPartition], *args: Any, **kwargs: Any) -> None:
        self._follow(partitions)
        super().assign(list(partitions), *args, **kwargs)

    def incremental_assign(self, partitions: Sequence[TopicPartition], *args: Any, **kwargs: Any) -> None:
        self._follow(partitions)
        super().incremental_assign(list(partitions), *args, **kwargs)

    def incremental_unassign(self, partitions: Sequence[TopicPartition], *args: Any, **kwargs: Any) -> None:
        super().incremental_unassign(list(partitions), *args, **kwargs)
        for each in partitions:
            self._queues.leave(each.topic, each.partition)

    def commit(self, *args: Any, **kwargs: Any) -> Any:
        """As confluent-kafka's; the offsets of a commit that is waited for are taken as they are."""
        if args or kwargs.keys() != {"offsets", "asynchronous"} or kwargs["asynchronous"]:
            return super().commit(*args, **kwargs)
        return [CommittedOffset(*each) for each in self._offsets.commit(list(kwargs["offsets"]))]

    def committed(  # type: ignore[override]
        self, partitions: Sequence[TopicPartition], timeout: float = -1
    ) -> list[CommittedOffset]:
        return [CommittedOffset(*each) for each in self._offsets.committed(list(partitions), timeout)]

    def close(self) -> None:
        self._queues.close()
        self._offsets.close()
        super().close()

    def _follow(self, partitions: Sequence[TopicPartition]) -> None:
        for each in partitions:
            self._queues.follow(each.topic, each.partition)


class ProducerWithOffsets(Producer):
    """confluent-kafka's producer, for settings that are callbacks; offsets go into a transaction as they are."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        clients = native()
        assert clients is not None
        super().__init__(_with_plugin(settings, clients))
        self._offsets = clients.Offsets()

    def send_offsets_to_transaction(
        self, positions: Sequence[TopicPartition], group_metadata: bytes, timeout: float = -1
    ) -> None:
        self._offsets.send_to_transaction(list(positions), group_metadata, timeout)


def _with_plugin(settings: Mapping[str, Any], clients: ModuleType) -> dict[str, Any]:
    plugins = [each for each in (settings.get("plugin.library.paths"), clients.__file__) if each]
    return {**settings, "plugin.library.paths": ";".join(plugins)}


def can_be_native(settings: Mapping[str, Any]) -> bool:
    """Whether a native producer can have all the settings: it knows no callbacks but those for errors and the log."""
    return native() is not None and not any(
        callable(value) or isinstance(value, dict) for name, value in settings.items() if name not in UNDERSTOOD
    )


def native_producer(settings: Mapping[str, Any]) -> Any:
    """A producer for the record path. Raises KafkaException for settings that librdkafka refuses."""
    clients = native()
    assert clients is not None
    on_error: Callable[[Any], None] = settings["error_cb"]
    name = settings.get("client.id", "producer")

    def on_log(level: int, facility: str, text: str) -> None:
        client_log.log(LEVELS[level], "%s [%s] %s", facility, name, text)

    plain = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in settings.items()
        if value is not None and key not in ("error_cb", "logger")
    }
    identity = {"client.software.name": "kstream", "client.software.version": confluent_kafka.version()}
    return clients.Producer(identity | plain, on_error, on_log)
