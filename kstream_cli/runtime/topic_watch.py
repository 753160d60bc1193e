"""Keeps up with the cluster's topics while an application runs: new ones that a pattern matches, others that are gone.

Java's group leader does this for all members. Here every instance works out the same placement from the same topics,
and looks again whenever its group rebalances, so that all of them see a change soon after the first one has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from confluent_kafka import KafkaException

from kstream_cli.errors import BrokerUnavailableError, StreamsError
from kstream_cli.logs import logger
from kstream_cli.runtime.cluster.group_members import carried_otherwise, strangers
from kstream_cli.runtime.cluster.preparation import prepare
from kstream_cli.runtime.threads.application import Application
from kstream_cli.task.partition import Partition

log = logger(__name__)

AGREE_SECONDS = 60.0
UNTOLD_SECONDS = 10.0
"""For the brokers to say what the members go by: they cannot while one of them is away."""


class TopicWatch:
    """Used by one thread of an instance; `on_error` is told when the topics make it impossible to go on."""

    def __init__(self, application: Application, on_error: Callable[[BaseException], None]) -> None:
        self._application = application
        self._on_error = on_error
        self._problem: str | None = None
        self._waiting_since: float | None = None
        self._strangers: frozenset[str] = frozenset()
        self._global = set(application.global_partitions)

    def look(self) -> bool:
        """Take up what has changed; False when it is to be looked at once more, soon, before it is believed."""
        application = self._application
        try:
            prepared = prepare(
                application.topology, application.config, application.admin, before=application.placement
            )
        except BrokerUnavailableError as error:
            log.debug("the topics cannot be looked at: %s", error)
            return True
        except StreamsError as error:
            return self._fail(error)
        self._problem, found = None, prepared.placement
        self._tell_of_unread(prepared.global_partitions)
        if found != application.placement:
            log.info(
                "the topics have changed: %d tasks, %d before", found.task_count(), application.placement.task_count()
            )
            application.topics.replace(found)
        if application.streams_group is None:
            self._tell_of_strangers()
        return True

    def _tell_of_unread(self, found: Iterable[Partition]) -> None:
        """Global stores read the partitions that there were at the start, as in Java."""
        new = sorted(set(found) - self._global)
        self._global.update(new)
        if new:
            log.warning(
                "global stores do not read partitions that their topics got while the application runs: %s. Start it "
                "again to have them read from their beginning",
                ", ".join(f"{topic}-{partition}" for topic, partition in new),
            )

    def _tell_of_strangers(self) -> None:
        """Brokers let any consumer with the same assignor into the group, and give it partitions."""
        group, known = self._application.config.application_id, self._strangers
        self._strangers = strangers(self._application.admin, group)
        if self._strangers - known:
            log.warning(
                "other consumers are in group %s: %s. The partitions that they are given are not processed: give them "
                "another group.id, or this application another application.id",
                *(group, ", ".join(sorted(self._strangers))),
            )

    def _fail(self, error: StreamsError) -> bool:
        """Topics may be seen half-made, or half-deleted: only what is said twice counts."""
        is_certain = self._problem == str(error)
        self._problem = str(error)
        if is_certain:
            self._on_error(error)
        return is_certain

    def agree(self) -> None:
        """Let the stream threads join the group once no member carries tasks by other topics than this instance."""
        application = self._application
        if application.topics.is_agreed.is_set():
            return
        if application.streams_group is not None:
            # The broker names tasks, not topics that carry them.
            application.topics.is_agreed.set()
            return
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        patience = AGREE_SECONDS
        try:
            others = carried_otherwise(application.admin, application.config.application_id, application.placement)
        except KafkaException:
            others, patience = None, UNTOLD_SECONDS
        if others == set() or now - self._waiting_since > patience:
            if others:
                log.warning(
                    "members of the group still go by other topics: %s; joining anyway", ", ".join(sorted(others))
                )
            self._waiting_since = None
            application.topics.is_agreed.set()
        else:
            log.info("waiting until all members of the group go by the same topics")
