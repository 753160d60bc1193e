"""A dead letter topic: its letters, which of them were sent back, and sending them back exactly once.

A letter stays in its topic. That it was sent is noted in another topic, `<dead letter topic>-replays`, in the same
transaction that sends the record: a replay that is broken off, however that happens, goes on where it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kstream_cli.config import Config
from kstream_cli.errors import ConfigError, ProducerError, StreamsError
from kstream_cli.operations.dead_letter import DeadLetter, LetterId
from kstream_cli.operations.pace import Pace
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.operations.topic_log import TopicLog
from kstream_cli.record import Headers
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.runtime.clients.streams_producer import TransactionalProducer
from kstream_cli.runtime.cluster.topic_setup import TopicSetup
from kstream_cli.task.record_producer import PRODUCER_CHOOSES, Send

BATCH = 100
BATCH_SECONDS = 1.0
"""A transaction ends after this many letters, or this long."""

Matches = Callable[[DeadLetter], bool]


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """Which letters go where, before anything is sent."""

    replay: dict[LetterId, str]
    """Letter -> the topic that it goes back to."""
    quarantine: frozenset[LetterId]
    """Letters that came back too often."""
    done: int
    """How many of the chosen letters were sent before."""
    homeless: int
    """How many came from no topic, as from a punctuation, or from one that is no more."""
    partitions: dict[str, int]
    """Topic -> how many partitions it has."""

    @property
    def targets(self) -> dict[str, int]:
        """Topic -> how many letters go back to it."""
        counts: dict[str, int] = {}
        for topic in self.replay.values():
            counts[topic] = counts.get(topic, 0) + 1
        return counts


class DeadLetterQueue:
    """The letters of one topic.

    Args:
        config: Names the cluster, and the topic by `errors.dead.letter.queue.topic.name`.
        topic: The topic, where it is another one.

    Raises:
        ConfigError: No topic is named.
        MissingTopicsError: It is not there (when letters are read).

    Example:
        >>> queue = DeadLetterQueue(config)
        >>> queue.replay(queue.plan(lambda letter: letter.topic == "orders"), rate=100)
    """

    def __init__(self, config: Config, topic: str | None = None, clients: ClientSupplier | None = None) -> None:
        name = topic or config.errors_dead_letter_queue_topic_name
        if name is None:
            raise ConfigError("name the dead letter topic with --queue, or set errors.dead.letter.queue.topic.name")
        self.topic = name
        self.journal = f"{name}-replays"
        self.quarantine = f"{name}-quarantine"
        self._config = config
        self._clients = supplier_for(config, clients)
        self._setup = TopicSetup(config, self._clients)

    def letters(self) -> Iterator[DeadLetter]:
        """All letters that are there now, partition by partition in order."""
        with TopicLog(self._config, [self.topic], StartPosition("beginning"), clients=self._clients) as log:
            for record in log.records(until_end=True):
                if record is not None:
                    yield DeadLetter.of(record)

    def sent(self) -> set[LetterId]:
        """The letters that were sent back or put into quarantine."""
        if self._setup.partitions([self.journal])[self.journal] is None:
            return set()
        found = set()
        with TopicLog(self._config, [self.journal], StartPosition("beginning"), clients=self._clients) as log:
            for record in log.records(until_end=True):
                if record is not None:
                    found.add(LetterId(*json.loads(record.key())))
        return found

    def plan(self, matches: Matches, *, most_replays: int = 3, count: int | None = None) -> ReplayPlan:
        """Choose what to send back: letters that match and were not sent yet, up to `count`.

        A record that was sent back `most_replays` times and failed again goes into quarantine.
        """
        sent = self.sent()
        replay: dict[LetterId, str] = {}
        quarantine: set[LetterId] = set()
        partitions: dict[str, int | None] = {}
        done = homeless = 0
        for letter in self.letters():
            if not matches(letter):
                continue
            if letter.id in sent:
                done += 1
                continue
            if count is not None and len(replay) + len(quarantine) == count:
                break
            if letter.topic is not None and letter.topic not in partitions:
                partitions |= self._setup.partitions([letter.topic])
            if letter.topic is None or partitions[letter.topic] is None:
                homeless += 1
            elif letter.replays >= most_replays:
                quarantine.add(letter.id)
            else:
                replay[letter.id] = letter.topic
        known = {topic: number for topic, number in partitions.items() if number is not None}
        return ReplayPlan(replay, frozenset(quarantine), done, homeless, known)

    def replay(
        self,
        plan: ReplayPlan,
        *,
        rate: float | None = None,
        told: Callable[[int], None] = lambda count: None,
    ) -> int:
        """Send the letters of a plan back, at most `rate` a second; how many were sent. Each is sent exactly once.

        A record goes to the partition that it came from, with its timestamp and headers. `told` learns how many are
        done. A second replay of the same topic ends the first one.

        Raises ProducerFencedError when another replay has begun, and ProducerError for what cannot be sent.
        """
        if not plan.replay and not plan.quarantine:
            return 0
        self._setup.create([self.journal], 1, {"cleanup.policy": "compact"})
        if plan.quarantine:
            self._setup.create([self.quarantine], 1, {"retention.ms": "-1"})
        transactional_id = f"{self.topic}-replay"
        settings = {**self._config.producer(), "transactional.id": transactional_id, "enable.idempotence": True}
        seconds = self._config.transaction_timeout_ms / 1000
        settings["transaction.timeout.ms"] = self._config.transaction_timeout_ms
        producer = TransactionalProducer(
            self._clients.producer(settings),
            timeout_seconds=seconds,
            stopping=lambda: False,
            transaction_seconds=seconds,
            transactional_id=transactional_id,
        )
        try:
            producer.start()
            # Only now: what an earlier replay had under way is decided.
            return _Sending(self, plan, producer, self.sent(), rate, told).run()
        finally:
            producer.close()


class _Sending:
    """One replay under way."""

    def __init__(
        self,
        queue: DeadLetterQueue,
        plan: ReplayPlan,
        producer: TransactionalProducer,
        sent: set[LetterId],
        rate: float | None,
        told: Callable[[int], None],
    ) -> None:
        self._queue, self._plan, self._producer, self._told = queue, plan, producer, told
        self._left = (plan.replay.keys() | plan.quarantine) - sent
        self._pace = Pace(rate)
        self._senders: dict[str, Send] = {}
        self._failed: list[str] = []

    def run(self) -> int:
        committed = waiting = 0
        began = time.monotonic()
        for letter in self._queue.letters() if self._left else ():
            if letter.id in self._left:
                self._pace.wait()
                self._send(letter)
                self._left.discard(letter.id)
                waiting += 1
            if waiting == BATCH or (waiting and time.monotonic() - began > BATCH_SECONDS):
                self._commit()
                committed, waiting, began = committed + waiting, 0, time.monotonic()
                self._told(committed)
            if not self._left:
                break
        if waiting:
            self._commit()
            self._told(committed + waiting)
        if self._left:
            raise StreamsError(
                f"{len(self._left)} letters are no longer in {self._queue.topic}: it deletes old records"
            )
        return committed + waiting

    def _send(self, letter: DeadLetter) -> None:
        stamp = letter.id.timestamp
        if letter.id in self._plan.quarantine:
            target = self._queue.quarantine
            self._produce(target, letter.value, letter.key, PRODUCER_CHOOSES, stamp, letter.all_headers)
        else:
            target = self._plan.replay[letter.id]
            fits = letter.partition is not None and letter.partition < self._plan.partitions[target]
            partition = letter.partition if fits and letter.partition is not None else PRODUCER_CHOOSES
            self._produce(target, letter.value, letter.key, partition, stamp, letter.replay_headers)
        note = json.dumps({"to": target}).encode()
        self._produce(self._queue.journal, note, json.dumps(letter.id).encode(), PRODUCER_CHOOSES, None, ())

    def _produce(
        self, topic: str, value: bytes | None, key: bytes | None, partition: int, stamp: int | None, headers: Headers
    ) -> None:
        if topic not in self._senders:
            self._senders[topic] = self._producer.sender(topic, self._delivered)
        while True:
            try:
                self._senders[topic](value, key, partition, stamp, headers)
                break
            except BufferError:
                self._producer.make_room()
        self._producer.poll()

    def _commit(self) -> None:
        self._producer.commit_records()
        if self._failed:
            raise ProducerError(f"a letter cannot be sent back: {self._failed[0]}")

    def _delivered(self, error: object, message: object) -> None:
        if error is not None:
            self._failed.append(str(error))
