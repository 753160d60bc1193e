"""One membership of a stream thread: its Kafka clients and the parts that work with them, made and closed together."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaException, TopicPartition

from kstream_cli.config import Config
from kstream_cli.errors import FencedInstanceIdError, LostOffsetsError
from kstream_cli.logs import logger
from kstream_cli.processor.metrics import Metrics
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.clients.spanning_consumer import SpanningConsumer
from kstream_cli.runtime.clients.spanning_producer import SpanningProducer
from kstream_cli.runtime.clients.streams_producer import StreamsProducer, TransactionalProducer
from kstream_cli.runtime.cluster.group_description import ask_for_group
from kstream_cli.runtime.cluster.group_members import DESCRIBE_SECONDS, consumer_client_id, has_successor
from kstream_cli.runtime.cluster.repartition_purge import RepartitionPurge
from kstream_cli.runtime.cluster.topics import UNKNOWN_TOPIC
from kstream_cli.runtime.restore.changelog_ends import ChangelogEnds
from kstream_cli.runtime.restore.changelog_reader import ChangelogReader
from kstream_cli.runtime.threads.application import Application
from kstream_cli.runtime.threads.committer import Committer
from kstream_cli.runtime.threads.fetch_ahead import main_consumer_settings, restore_consumer_settings
from kstream_cli.runtime.threads.input_ends import InputEnds
from kstream_cli.runtime.threads.outages import Outages
from kstream_cli.runtime.threads.pause_limit import PauseLimit
from kstream_cli.runtime.threads.rebalance_end import RebalanceEnd
from kstream_cli.runtime.threads.rebalance_listener import RebalanceListener
from kstream_cli.runtime.threads.start_offsets import StartOffsets
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.task_manager import TaskManager
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes, limit_of
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.partition import Partition
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.user_objects import error_of

log = logger(__name__)

WATERMARK_SECONDS = 5.0
LEAVE_POLLS = 3
LEAVE_POLL_SECONDS = 0.05


class ThreadClients:
    """Everything of one membership. Only the stream thread uses it."""

    def __init__(self, application: Application, thread: Any, index: int) -> None:
        self.application = application
        self.config: Config = application.config
        self._name: str = thread.name
        self._index = index
        self._thread = thread
        self.pause_limit = PauseLimit(self.config)
        self.cache = ThreadCache(application.cache_bytes())
        timeout = self.config.task_timeout_ms / 1000
        self._uncommitted = UncommittedBytes(limit_of(self.config, self.config.num_stream_threads))
        self.producer = self._make_producer(thread.is_stopping)
        self.consumer = self._make_consumer()
        self.ends = ChangelogEnds(application.admin)
        metrics: ThreadMetrics = thread.metrics
        self.committer = Committer(
            self.consumer, self.producer, self.ends, timeout_seconds=timeout, on_commit=metrics.committed
        )
        self.reader = ChangelogReader(
            self._make_restore_consumer, self.ends, application.restore_listener, metrics.restored
        )
        self.start_offsets = StartOffsets(application.topology, self.config, self.consumer, application.topics)
        self.tasks = TaskManager(
            self.consumer,
            placement=application.placement,
            make_task=self._make_task,
            reader=self.reader,
            committer=self.committer,
            start_offsets=self.start_offsets,
            metrics=metrics,
            application_directory=application.directory,
            timeout_seconds=timeout,
            transactional=self.config.exactly_once,
            release_standbys=application.release_standbys,
        )
        self._input_ends = InputEnds(self.ends, self.tasks.positions)
        self.tasks.on_lost = self._drop_transaction
        self.outages = self._make_outages()
        self.listener = RebalanceListener(self.tasks, self._rebalanced, application.look_at_topics)
        admin, group = application.admin, self.config.application_id
        self.rebalance_end = RebalanceEnd(lambda: ask_for_group(admin, group, DESCRIBE_SECONDS))
        self.purging = RepartitionPurge(
            application.admin, application.repartition_topics, self.config.repartition_purge_interval_ms / 1000
        )

    def subscribe(self) -> None:
        listener = self.listener
        self.consumer.subscribe(
            self.tasks.placement.subscription,
            on_assign=listener.on_assign,
            on_revoke=listener.on_revoke,
            on_lost=listener.on_lost,
        )

    def share_cache(self) -> None:
        """Take no more of the record cache than this thread's share, which changes when threads come and go."""
        self.cache.resize(self.application.cache_bytes())

    def purge(self, now: float) -> None:
        """Delete repartition records that are committed, when it is time."""
        self.purging.purge({key: offset for key, (offset, _) in self.committer.committed.items()}, now)

    def offset_lost(self, topic: str, partition: int) -> None:
        """The broker does not have the offset to go on from (any more): do what `on.lost.offsets` says."""
        entry = self.committer.committed.get((topic, partition)) or self.tasks.started_at.get((topic, partition))
        offset = entry[0] if entry is not None else None
        try:
            low, high = self.consumer.get_watermark_offsets(TopicPartition(topic, partition), WATERMARK_SECONDS)
        except KafkaException as failure:
            if failure.args[0].code() in UNKNOWN_TOPIC:
                # Deleted, it seems. It is tried again until the instance has looked, and decided what that means.
                self.application.look_at_topics()
                self._fetch(topic, partition, self.start_offsets.of(topic, partition) if offset is None else offset)
                return
            raise LostOffsetsError(f"{topic}-{partition} cannot be read on: {failure.args[0].str()}") from failure
        has = f"{low} to {high}"
        text = f"{topic}-{partition}: the committed offset {offset} is gone, the broker has {has}"
        policy = self.config.on_lost_offsets
        if policy == "fail":
            raise LostOffsetsError(f"{text}; to continue, choose --on-lost-offsets earliest or latest")
        log.warning("%s; going on from the %s", text, policy)
        self._fetch(topic, partition, OFFSET_BEGINNING if policy == "earliest" else OFFSET_END)

    def _fetch(self, topic: str, partition: int, offset: int) -> None:
        """Fetch an assigned partition from another offset."""
        self.consumer.incremental_unassign([TopicPartition(topic, partition)])
        self.consumer.incremental_assign([TopicPartition(topic, partition, offset)])

    def require_place(self) -> None:
        """Raise FencedInstanceIdError if a later instance has this static member's place.

        To join again would put that one out, which would do the same, and so on for ever. The group itself is asked:
        whatever of this member's clients noticed first need not be what tells.
        """
        name = self._group_instance_id
        if self.application.streams_group is not None:
            return  # A streams group lets nobody take the place of a member that has not left.
        if name is not None and has_successor(
            self.application.admin, self.config.application_id, name, self.consumer.memberid() or ""
        ):
            raise FencedInstanceIdError(f"its place {name!r} in the group is taken")

    def close(self, *, commit: bool) -> None:
        """Give the tasks up, with their work committed or forgotten, and leave the group.

        Raises what kept the work from being committed, once all is closed.
        """
        try:
            if commit:
                self.tasks.revoke(self.tasks.ids)
        finally:
            self._close_clients()

    def _close_clients(self) -> None:
        leave = (self.tasks.close, self.reader.close, self.producer.close, self._unsubscribe, self.consumer.close)
        for step in (*leave, self.tasks.end):
            try:
                step()
            except BaseException as error:  # The other steps are to be taken whatever a processor's close() raises.
                log.warning("closing: %s", error_of(error))

    def _unsubscribe(self) -> None:
        """Leave the group before the consumer closes.

        With no partition assigned, librdkafka's cooperative `close` forgets to: the group, and whoever has to join it
        again, would wait until this member's session times out.
        """
        if self.config.group_instance_id is None:
            self.consumer.unsubscribe()
            for _ in range(LEAVE_POLLS):
                self.consumer.poll(LEAVE_POLL_SECONDS)

    def _rebalanced(self, state: ThreadState) -> None:
        self._thread.rebalanced(state)

    def _make_producer(self, stopping: Any) -> StreamsProducer:
        settings = {**self.config.producer(), "client.id": f"{self._name}-producer"}
        timeout = min(self.config.task_timeout_ms, self.config.max_poll_interval_ms * 0.8) / 1000
        if not self.config.exactly_once:
            return StreamsProducer(
                self.application.supplier.producer(settings), timeout_seconds=timeout, stopping=stopping
            )
        settings["transactional.id"] = f"{self.config.application_id}-{self.application.process_id}-{self._index}"
        producer = TransactionalProducer(
            self.application.supplier.producer(settings),
            timeout_seconds=timeout,
            stopping=stopping,
            transaction_seconds=self.config.transaction_timeout_ms / 1000,
            transactional_id=settings["transactional.id"],
        )
        producer.start()
        return producer

    def _make_consumer(self) -> KafkaConsumer:
        """The main consumer: a member of the group by the protocol that is configured."""
        application, settings = self.application, self._consumer_settings()
        if application.streams_group is None:
            return application.supplier.consumer(settings)
        instance_id = settings.pop("group.instance.id", None)
        return application.streams_group.consumer(
            application.supplier.consumer(settings),
            thread=self._name,
            client_id=f"{self._name}-consumer",
            instance_id=instance_id,
            placement=lambda: self.tasks.placement,
            look_at_topics=application.look_at_topics,
        )

    def _consumer_settings(self) -> dict[str, Any]:
        settings = main_consumer_settings(self.config, self.application.placement)
        settings["client.id"] = consumer_client_id(self._name, self.config.application_server)
        if self._group_instance_id is not None:
            settings["group.instance.id"] = self._group_instance_id
        return settings

    @property
    def _group_instance_id(self) -> str | None:
        """The thread's own: each is a member."""
        given = self.config.group_instance_id
        return None if given is None else f"{given}-{self._index}"

    def _make_outages(self) -> Outages | None:
        """What looks after clusters beside home, where there are any."""
        health, consumer, producer = self.application.health, self.consumer, self.producer.client
        if health is None or not isinstance(producer, SpanningProducer):
            return None
        outages = Outages(
            health,
            self.tasks,
            producer,
            # A member by the streams protocol reads home only.
            fetch_again=consumer.fetch_again if isinstance(consumer, SpanningConsumer) else None,
            written=self.application.written_clusters,
            transactional=self.config.exactly_once,
        )
        self.tasks.before_revoke, self.producer.while_waiting = outages.look, outages.stop_writers
        self.tasks.missing_cluster = outages.needed
        return outages

    def _make_restore_consumer(self) -> KafkaConsumer:
        application, threads = self.application, max(self.config.num_stream_threads, 1)
        settings = restore_consumer_settings(self.config, application.placement, application.topology, threads=threads)
        settings["client.id"] = f"{self._name}-restore-consumer"
        return application.supplier.consumer(settings)

    def _make_task(self, task_id: TaskId, inputs: tuple[Partition, ...], directory: Path) -> StreamTask:
        application = self.application
        return StreamTask(
            task_id,
            application.subtopologies[task_id.subtopology],
            topology=application.topology,
            config=self.config,
            inputs=inputs,
            producer=self.producer,
            clock=application.clock,
            directory=directory,
            uncommitted=self._uncommitted,
            cache=self.cache,
            global_stores=application.global_stores,
            lag=self._lag,
            is_read=self._input_ends.is_read,
            metrics=Metrics(self.config, {"thread-id": self._name, "task-id": str(task_id)}),
        )

    def _lag(self, topic: str, partition: int) -> int | None:
        """0 once the consumer has said that it is at the end; unknown before."""
        return 0 if (topic, partition) in self.tasks.positions else None

    def _drop_transaction(self) -> None:
        if isinstance(self.producer, TransactionalProducer):
            self.ends.forget()
            self.producer.abort()


def wall_clock() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
