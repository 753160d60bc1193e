"""Makes the application's own topics on the cluster, and holds those that are there to what they must be."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import NewPartitions, NewTopic

from kstream_cli.errors import StreamsError, TopicPartitionsError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import REFUSED, access_denied
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.topology.internal_topics import TopicSpec

log = logger(__name__)

REQUEST_SECONDS = 15.0
READY_SECONDS = 60.0


class InternalTopicManager:
    """Used for one look at the cluster; another instance may be doing the same."""

    def __init__(
        self,
        admin: KafkaAdmin,
        cluster: ClusterTopics,
        *,
        replication_factor: int,
        makes: bool = True,
        known: frozenset[str] = frozenset(),
    ) -> None:
        """`makes`: whether missing topics are made here, and not by somebody else. `known`: those that were there."""
        self._known = known
        self._makes = makes
        self._admin = admin
        self._cluster = cluster
        self._replication_factor = replication_factor

    def make_ready(self, specs: Iterable[TopicSpec]) -> None:
        """Make the missing ones; raise TopicPartitionsError for those that exist with other partition counts."""
        wanted = list(specs)
        missing = [spec for spec in wanted if spec.name not in self._cluster.partitions]
        if lost := [spec.name for spec in missing if spec.name in self._known]:
            log.error(
                "internal topics were deleted while the application runs: %s. They are made again, but what they held "
                "is gone: records on their way in a repartition topic; in a changelog all rows, which only local state "
                "has now, until a restart or a move of its task. To have all of it again, start over with "
                "kstream run --from-beginning",
                ", ".join(lost),
            )
        if missing and not self._makes:
            wanted = [spec for spec in wanted if spec not in missing]
        elif missing:
            self._create(missing)
            if not self._cluster.await_topics((spec.name for spec in missing), READY_SECONDS):
                raise StreamsError(
                    f"internal topics were made but did not appear within {READY_SECONDS:g} s: "
                    + ", ".join(spec.name for spec in missing)
                )
        self._check(wanted)

    def widen(self, specs: Iterable[TopicSpec]) -> None:
        """Add partitions to topics that are to have more than they have; only where none of their records moves."""
        narrow = {
            spec.name: spec
            for spec in specs
            if self._cluster.partitions.get(spec.name, spec.partitions) < spec.partitions
        }
        if not narrow:
            return
        log.info("adding partitions to %s", ", ".join(narrow))
        wanted = [NewPartitions(spec.name, spec.partitions) for spec in narrow.values()]
        for topic, answer in self._admin.create_partitions(wanted, request_timeout=REQUEST_SECONDS).items():
            try:
                answer.result(REQUEST_SECONDS)
            except KafkaException as failure:
                # Another instance may have been quicker.
                if failure.args[0].code() != KafkaError.INVALID_PARTITIONS:
                    raise StreamsError(
                        f"topic {topic!r} cannot get more partitions: {failure.args[0].str()}"
                    ) from failure
        deadline = time.monotonic() + READY_SECONDS
        while any(self._cluster.partitions[name] < spec.partitions for name, spec in narrow.items()):
            if time.monotonic() > deadline:
                raise StreamsError(f"the new partitions of {', '.join(narrow)} did not appear in {READY_SECONDS:g} s")
            time.sleep(0.05)
            self._cluster.refresh()

    def _create(self, specs: list[TopicSpec]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while specs:
            log.info("creating internal topics %s", ", ".join(spec.name for spec in specs))
            new = [
                NewTopic(spec.name, spec.partitions, self._replication_factor, config=dict(spec.settings))
                for spec in specs
            ]
            answers = self._admin.create_topics(new, request_timeout=REQUEST_SECONDS)
            specs = [spec for spec in specs if not self._created(spec.name, answers[spec.name], deadline)]
            if specs:
                time.sleep(0.5)

    def _created(self, topic: str, answer: Any, deadline: float) -> bool:
        try:
            answer.result(REQUEST_SECONDS)
        except KafkaException as failure:
            error: KafkaError = failure.args[0]
            if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return True
            if error.retriable() and time.monotonic() < deadline:
                return False
            if error.code() in REFUSED:
                raise access_denied(error, f"CREATE on topic {topic!r}") from failure
            raise StreamsError(f"internal topic {topic!r} cannot be created: {error.str()}") from failure
        return True

    def _check(self, specs: list[TopicSpec]) -> None:
        wrong = [
            f"{spec.name} has {found} partitions instead of {spec.partitions}"
            for spec in specs
            if (found := self._cluster.partitions[spec.name]) != spec.partitions
        ]
        if wrong:
            raise TopicPartitionsError(
                f"KS204: internal topics do not fit the topology: {', '.join(wrong)}. The input topics or the topology "
                "have changed: start over with `kstream run --from-beginning`, or use another application.id"
            )
