"""Fills the global stores: first up to the end of their topics, before any task starts, then as records come."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from kstream_cli.config import Config
from kstream_cli.config.state_directory import write_beside
from kstream_cli.errors import StreamsError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import REFUSED, access_denied
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.kafka_clients import BATCH, POLL_SECONDS, KafkaConsumer
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.runtime.clients.standstill import Standstill
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.runtime.threads.application import application_directory
from kstream_cli.runtime.threads.fetch_ahead import global_consumer_settings
from kstream_cli.runtime.threads.thread_clients import wall_clock
from kstream_cli.state.disk.store_folder import OWN_FOLDER
from kstream_cli.task.global_task import GLOBAL_TASK, GlobalTask
from kstream_cli.task.partition import Partition
from kstream_cli.topology.topology import Topology

log = logger(__name__)

END_SECONDS = 5.0
CHECKPOINT = ".positions.json"
OUT_OF_RANGE = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE})


def make_global_thread(
    topology: Topology,
    config: Config,
    *,
    supplier: ClientSupplier,
    client_id: str,
    partitions: Iterable[Partition],
    on_error: Callable[[BaseException], None],
) -> GlobalThread:
    """The global thread of an instance, with its task and its consumer."""
    directory = application_directory(config) / GLOBAL_TASK
    to_read = list(partitions)
    settings = {**global_consumer_settings(config, len(to_read)), "client.id": f"{client_id}-global-consumer"}
    return GlobalThread(
        f"{client_id}-GlobalStreamThread",
        GlobalTask(topology=topology, config=config, clock=wall_clock, directory=directory),
        consumer=supplier.consumer(settings),
        partitions=to_read,
        directory=directory,
        commit_seconds=config.commit_interval_ms / 1000,
        on_error=on_error,
    )


class GlobalThread(threading.Thread):
    """`fill` in the caller's thread, then `start`; `stop` and join to end."""

    def __init__(
        self,
        name: str,
        task: GlobalTask,
        *,
        consumer: KafkaConsumer,
        partitions: list[Partition],
        directory: Path,
        commit_seconds: float,
        on_error: Callable[[BaseException], None],
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.task = task
        self._consumer = consumer
        self._partitions = partitions
        self._lock = StateLock(directory)
        self._checkpoint = directory / CHECKPOINT
        self._commit_seconds = commit_seconds
        self._on_error = on_error
        self._stopping = threading.Event()
        self._waiting = Standstill(log)

    def fill(self) -> None:
        """Open the stores and read their topics to the present end."""
        self._lock.acquire()
        noted = self._read_positions()
        if not self._are_reachable(noted):
            shutil.rmtree(self._checkpoint.parent / OWN_FOLDER, ignore_errors=True)
            noted = {}
        self.task.open()
        positions = self.task.resumable(noted)
        self.task.positions.update(positions)
        self._consumer.assign([TopicPartition(*key, positions.get(key, OFFSET_BEGINNING)) for key in self._partitions])
        behind = set(self._partitions)
        while behind and not self._stopping.is_set():
            runs, events = fetch(self._consumer, BATCH, POLL_SECONDS)
            if runs or events:
                self._waiting.over()
            else:
                topic, partition = min(behind)
                self._waiting.waits(f"global stores wait for {topic}-{partition}: nothing comes from the broker")
            for (topic, partition), run in runs:
                if (topic, partition) in behind:
                    self.task.restore(topic, partition, run, run[-1].offset() + 1)
                else:
                    for record in run:
                        self.task.update(topic, record)
            for event in events:
                if event.error().code() == KafkaError._PARTITION_EOF:
                    behind.discard((event.topic(), event.partition()))
                else:
                    self._take(event)
        self._commit()

    def run(self) -> None:
        try:
            self._keep_up()
        except BaseException as error:
            self._on_error(error)
        finally:
            self.close()

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        """Close the stores and the consumer; may be called twice."""
        self.task.close()
        self._consumer.close()
        self._lock.release()

    def _keep_up(self) -> None:
        self._commit()  # So that the stores know whose thread writes from here on.
        committed_at = time.monotonic()
        while not self._stopping.is_set():
            runs, events = fetch(self._consumer, BATCH, POLL_SECONDS)
            for (topic, _), run in runs:
                for record in run:
                    self.task.update(topic, record)
            for event in events:
                self._take(event)
            if time.monotonic() - committed_at >= self._commit_seconds:
                self._commit()
                committed_at = time.monotonic()
        self._commit()

    def _take(self, event: Any) -> None:
        code = event.error().code()
        if code == KafkaError._PARTITION_EOF:
            return
        if code in OUT_OF_RANGE:
            log.warning("%s-%d: reading all of it again: %s", event.topic(), event.partition(), event.error().str())
            key = TopicPartition(event.topic(), event.partition(), OFFSET_BEGINNING)
            self._consumer.seek(key)
        elif code in REFUSED:
            raise access_denied(event.error(), f"READ on topic {event.topic()!r}")
        elif code in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
            raise StreamsError(f"global topic {event.topic()!r} does not exist (any more)")
        else:
            log.warning("global consumer: %s", event.error().str())

    def _commit(self) -> None:
        """Stores first: positions that are behind are safe, positions that are ahead are not."""
        self.task.commit()
        positions = [[topic, partition, offset] for (topic, partition), offset in self.task.positions.items()]
        write_beside(self._checkpoint, json.dumps(positions))

    def _are_reachable(self, positions: Mapping[Partition, int]) -> bool:
        """Whether the topics reach from and up to the positions; a topic that was made anew may not."""
        for key, offset in positions.items():
            try:
                low, high = self._consumer.get_watermark_offsets(TopicPartition(*key), END_SECONDS)
            except KafkaException as failure:
                log.warning("global stores: the end of %s-%d is not known: %s", *key, failure.args[0].str())
                continue
            if not low <= offset <= high:
                log.warning(
                    "global stores are as of offset %d of %s-%d, which has %d to %d, as after the topic was created "
                    "again: their local copy is deleted, and rebuilt from what the topics have",
                    *(offset, *key, low, high),
                )
                return False
        return True

    def _read_positions(self) -> dict[Partition, int]:
        """Where the stores were at the last commit, as it was noted."""
        try:
            rows = json.loads(self._checkpoint.read_text())
            return {(str(topic), int(partition)): int(offset) for topic, partition, offset in rows}
        except (OSError, ValueError, TypeError, OverflowError, RecursionError):
            return {}
