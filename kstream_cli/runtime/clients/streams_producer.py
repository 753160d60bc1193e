"""A stream thread's producer: what its tasks write through, and how their work is committed to the broker.

Under exactly_once_v2 a transaction is always open: beginning one costs nothing until the first record is sent, and so
no record needs to ask whether one has begun.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from kstream_cli.errors import (
    BrokerUnavailableError,
    FencedInstanceIdError,
    ProducerFencedError,
    StateError,
    StreamsError,
    TaskCorruptedError,
    TaskMigratedError,
)
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.access import REFUSED, access_denied
from kstream_cli.runtime.clients.bounded_call import call_within
from kstream_cli.runtime.clients.group_metadata import checked
from kstream_cli.runtime.clients.kafka_clients import KafkaProducer
from kstream_cli.runtime.clients.partition_counts import PartitionCounts
from kstream_cli.runtime.clients.senders import has_senders, sender
from kstream_cli.runtime.clients.standstill import Standstill
from kstream_cli.task.fencing import INSTANCE_FENCED, is_fenced
from kstream_cli.task.record_producer import DeliveryReport, Send

log = logger(__name__)

ROOM_SECONDS = 0.1
METADATA_SECONDS = 10.0
CALL_SECONDS = 10.0
LAST_CALL_SECONDS = 1.0
GRACE_SECONDS = 5.0
"""How much longer a call may take than the time given to it, before the client is left behind."""
CLOSE_SECONDS = 3.0
WARN_SECONDS = 15.0


class StreamsProducer:
    """At-least-once: records are flushed before their offsets are committed."""

    def __init__(self, client: KafkaProducer, *, timeout_seconds: float, stopping: Callable[[], bool]) -> None:
        self.client = client
        self.takes_text = has_senders(client)
        self._timeout = timeout_seconds
        self._stopping = stopping
        self._standstill = Standstill(log)
        self.partition_counts = PartitionCounts(self._partition_count)
        self.while_waiting: Callable[[], object] = _nothing
        """Called while a record waits for room; what it raises ends the wait."""

    def sender(self, topic: str, report: DeliveryReport, text: int = 0) -> Send:
        return sender(self.client, topic, report, text)

    def has_partition(self, topic: str, partition: int) -> bool:
        """Whether the brokers say that a topic has a partition."""
        return 0 <= partition < self.partition_counts[topic]

    def _partition_count(self, topic: str) -> tuple[int, Any]:
        """How many partitions the brokers say a topic has, and what is wrong with it instead."""
        if hasattr(self.client, "partition_count"):
            found: tuple[int, Any] = self.client.partition_count(topic, METADATA_SECONDS)
            return found
        metadata = self.client.list_topics(topic, METADATA_SECONDS).topics[topic]
        return len(metadata.partitions), metadata.error

    def make_room(self) -> None:
        """Wait until the queue may take records again. Nothing overtakes: the caller sends the same record next."""
        self.client.poll(ROOM_SECONDS)
        self._standstill.waits("a record waits for room in the producer's queue: the brokers do not acknowledge others")
        self.while_waiting()
        if self._stopping():
            raise StateError("stopped while a record waited for room in the producer's queue")

    def poll(self) -> None:
        """Take the delivery reports that have arrived."""
        self.client.poll(0)
        self._standstill.over()
        self.partition_counts.forget_old()

    def flush(self, seconds: float) -> int:
        """Wait until every record sent is acknowledged or has failed; how many are neither when the time is up."""
        left: int = self.client.flush(seconds)
        return left

    def close(self) -> None:
        """Give up what is still queued, so that closing never waits for a broker."""
        self.client.purge()
        self.client.flush(1.0)


class TransactionalProducer(StreamsProducer):
    """exactly_once_v2: records and offsets become visible together, or not at all.

    What cannot be committed while the broker would still take it (`transaction.timeout.ms`) is given up, with the
    client: on some ways through a broker's restart librdkafka answers for ever that a call may be tried again.
    """

    def __init__(
        self,
        client: KafkaProducer,
        *,
        timeout_seconds: float,
        stopping: Callable[[], bool],
        transaction_seconds: float,
        transactional_id: str,
    ) -> None:
        super().__init__(client, timeout_seconds=timeout_seconds, stopping=stopping)
        self._transactional_id = transactional_id
        self._lifetime = transaction_seconds

    def start(self) -> None:
        """Fence earlier producers of the same transactional id, and begin.

        Raises ProducerFencedError when a later one is there already, BrokerUnavailableError when no broker helps.
        """
        try:
            self._call(self._timeout, self.client.init_transactions)
        except ProducerFencedError:
            raise
        except (TaskCorruptedError, TaskMigratedError) as error:
            raise BrokerUnavailableError(f"no transactional producer can be started: {error}") from error
        self._begin()

    def commit(self, offsets: Sequence[Any], group_metadata: bytes | None) -> None:
        """Commit the transaction with `offsets` in it, and begin the next.

        Raises TaskMigratedError when the producer was fenced, FencedInstanceIdError when the member was,
        TaskCorruptedError when the transaction cannot be committed, as in the middle of a rebalance: it is to be
        aborted, and the tasks go on from the last commit.
        """
        metadata = checked(group_metadata)
        self._call(self._lifetime, self.client.send_offsets_to_transaction, list(offsets), metadata)
        self.commit_records()

    def commit_records(self) -> None:
        """Commit the transaction without offsets, and begin the next. Raises as `commit` does."""
        self._call(self._lifetime, self.client.commit_transaction)
        self._begin()

    def abort(self) -> None:
        """Drop the transaction and begin the next. Raises TaskMigratedError when only a new producer can go on."""
        try:
            self._call(self._lifetime, self.client.abort_transaction)
        except TaskCorruptedError as error:
            raise TaskMigratedError(f"a transaction cannot be aborted: {error}") from error
        self._begin()

    def close(self) -> None:
        # If it cannot be aborted now, the broker does so as soon as it is fenced or times out.
        with suppress(KafkaException, TimeoutError):
            call_within(CLOSE_SECONDS, self.client.abort_transaction, 1.0)
        super().close()

    def _begin(self) -> None:
        try:
            self.client.begin_transaction()
        except KafkaException as failure:
            raise self._refused(failure.args[0], TaskMigratedError) from failure

    def _refused(self, error: KafkaError, otherwise: type[StreamsError]) -> StreamsError:
        """What an error that no second try helps against means; `otherwise` where it is about this transaction."""
        if error.name() == INSTANCE_FENCED:
            return FencedInstanceIdError(error.str())
        if is_fenced(error):
            return ProducerFencedError(f"fenced by the broker: {error.str()}")
        if error.code() in REFUSED:
            return access_denied(error, self._needed(error))
        return otherwise(f"the transaction was lost: {error.str()}")

    def _needed(self, error: KafkaError) -> str:
        """What would have the cluster take a request that it refused."""
        if error.code() == KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return f"WRITE on transactional id {self._transactional_id!r}"
        if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            return "READ on the group of the application.id"
        return "WRITE on all topics that it writes to, among them those that begin with the application.id"

    def _call(self, seconds: float, operation: Callable[..., None], *arguments: Any) -> None:
        """Call until it works or the time is up: retriable errors leave the transaction as it is."""
        began = warned_at = time.monotonic()
        deadline = began + seconds
        while True:
            patience = min(CALL_SECONDS, max(deadline - time.monotonic(), LAST_CALL_SECONDS))
            try:
                call_within(patience + GRACE_SECONDS, operation, *arguments, patience)
                return
            except TimeoutError as failure:
                raise TaskMigratedError(
                    f"the Kafka client did not come back from {operation.__name__} within "
                    f"{patience + GRACE_SECONDS:.0f} s, and is left behind"
                ) from failure
            except KafkaException as failure:
                error: KafkaError = failure.args[0]
                if is_fenced(error) or not error.retriable():
                    raise self._refused(error, TaskCorruptedError) from failure
                if time.monotonic() > deadline or self._stopping():
                    raise TaskMigratedError(f"{operation.__name__} does not succeed: {error.str()}") from failure
                if time.monotonic() - warned_at > WARN_SECONDS:
                    warned_at = time.monotonic()
                    text = "%s is tried again, since %.0f s: %s"
                    log.warning(text, operation.__name__, warned_at - began, error.str())
                time.sleep(0.05)


def _nothing() -> None:
    """Nothing but room is waited for."""
