"""A restart on a broker: OLD runs on records and ends, NEW starts under the same application id, and goes on.

What has survived is looked at in the stores of NEW, before anything new comes, and once more when it has read the rest:
then it must be where another application is that has run NEW all the time.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from restart import Restart, Step, Steps, rows_of

from kstream_cli import Config, KafkaStreams, Topology
from kstream_cli.commands.running.idleness import Idleness
from kstream_cli.errors import StreamsError
from kstream_cli.operations.topic_types import TopicTypes

IDLE_SECONDS = 0.3
MOST_SECONDS = 60.0
FAST: dict[str, Any] = {
    "commit.interval.ms": 50,
    # The embedded broker takes a part of the session timeout to form a group.
    "consumer.session.timeout.ms": 1_000,
    "consumer.heartbeat.interval.ms": 100,
    "allow.orphans": True,
}


@dataclass
class Running:
    """One application, until all is read."""

    topology: Topology
    config: Config
    streams: KafkaStreams = field(init=False)
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self.streams = KafkaStreams(self.topology, self.config)

    def stores(self, *, keeps_disk: bool = True) -> dict[str, dict[str, str]]:
        """Store -> key -> value, of those that can be asked and that a restart of the same topology brings back."""
        found = {}
        for name, store in self.topology.stores.items():
            logged = store.logging or name in self.topology.source_changelogs
            if not logged and not (keeps_disk and store.persistent):
                continue
            try:
                parts = self.streams.query(name, _rows, committed=True)
            except (StreamsError, AttributeError):
                continue  # that of a suppression or of an outer join
            found[name] = {key: value for rows in parts.values() for key, value in rows}
        return found


class OnBroker:
    """Restarts on one broker. The names of topics must be free."""

    def __init__(self, address: str, folder: Path, *, keeps_disk: bool = True) -> None:
        self.address = address
        self._folder = folder
        self._keeps_disk = keeps_disk
        self._admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
        self._producer = Producer({"bootstrap.servers": address, "linger.ms": 0, "log_level": 0})

    def restart(
        self, old: Topology, new: Topology, config: tuple[Config, Config], steps: Steps, *, same: bool
    ) -> Restart | None:
        """What has become of state and records; None where OLD itself fails."""
        first, later = ([step for step in part if len(step) > 1] for part in steps)
        before, after = (self._config(each) for each in config)
        always = after.merged({"application.id": f"{after.application_id}-always", "state.dir": self._folder / "a"})
        self._create(old, before, [*first, *later])
        self._create(new, after, [*first, *later])
        self._send(first)
        with self._run((old, before), (new, always)) as (running, reference):
            held = running.stores(keeps_disk=self._keeps_disk)
        if running.error is not None:
            return None
        on_their_way = {topic: self._written_again(topic) for topic in _repartition(old, before)}
        for topic in _repartition(new, always):
            self._written_again(topic)
        if not self._keeps_disk:
            shutil.rmtree(self._folder / "x", ignore_errors=True)
        with self._run((new, after), (new, always)) as (restarted, reference):
            found = restarted.stores()
            self._send(later)
        lost = [f"the restart failed: {restarted.error}"] if restarted.error else []
        lost += _lost_rows(held, found, moved=sum(map(bool, on_their_way.values())))
        lost += self._lost_buffers(old, before, held.keys(), new.stores.keys())
        lost += self._lost_records(after.application_id, on_their_way)
        if same and reference.error is None and restarted.error is None:
            lost += self._unlike(new, after, always)
        return Restart(lost)

    def _config(self, config: Config) -> Config:
        return config.merged({"bootstrap.servers": self.address, "state.dir": self._folder / "x", **FAST})

    def _create(self, topology: Topology, config: Config, records: Iterable[Step]) -> None:
        types = TopicTypes(topology, config)
        known = self._admin.list_topics(timeout=10).topics
        wanted = {*types.inputs, *types.outputs, *(topic for topic, *_ in records)} - known.keys()
        made = self._admin.create_topics([NewTopic(topic, 1, 1) for topic in wanted]) if wanted else {}
        for answer in made.values():
            answer.result(30)
        deadline = time.monotonic() + 30
        while not wanted <= self._admin.list_topics(timeout=10).topics.keys() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _send(self, records: Iterable[Step]) -> None:
        for topic, key, value, timestamp, headers in records:
            self._producer.produce(topic, value, key, 0, timestamp=max(timestamp, 1), headers=list(headers))
        assert self._producer.flush(30) == 0

    def _run(self, *given: tuple[Topology, Config]) -> Any:
        return _UntilIdle([Running(*each) for each in given], self._has_read)

    def _has_read(self, running: Running) -> bool:
        """Whether all of its input is committed: right after a record was sent, an application seems idle."""
        filled = {topic for store in running.topology.global_stores.values() for topic in store.source.topics}
        topics = [topic for topic in TopicTypes(running.topology, running.config).inputs if topic not in filled]
        return not self._unread(running.config.application_id, topics)

    def _unread(self, group: str, topics: list[str]) -> list[str]:
        if not topics:
            return []
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group, "log_level": 0})
        try:
            committed = consumer.committed([TopicPartition(topic, 0) for topic in topics], 10)
            ends = {topic: consumer.get_watermark_offsets(TopicPartition(topic, 0), 10)[1] for topic in topics}
        finally:
            consumer.close()
        return [each.topic for each in committed if max(each.offset, 0) < ends[each.topic]]

    def _written_again(self, topic: str) -> int:
        """Write the last record of a topic a second time: as long as nobody runs, it is on its way."""
        records = self._read(topic)
        if not records:
            return 0
        last = records[-1]
        self._producer.produce(
            topic, last.value(), last.key(), 0, timestamp=last.timestamp()[1], headers=last.headers() or []
        )
        assert self._producer.flush(30) == 0
        return 1

    def _lost_buffers(self, old: Topology, config: Config, asked: Collection[str], kept: Collection[str]) -> list[str]:
        """Stores that cannot be asked, and that NEW has not: those with rows in their changelogs."""
        types = TopicTypes(old, config)
        return [
            f"rows of {store}"
            for store, topic in types.changelogs.items()
            if store not in asked and store not in kept and rows_of(types, topic, map(_Read, self._read(topic)))
        ]

    def _lost_records(self, group: str, on_their_way: dict[str, int]) -> list[str]:
        waiting = [topic for topic, count in on_their_way.items() if count]
        return [f"a record on its way in {topic}" for topic in self._unread(group, waiting)]

    def _unlike(self, new: Topology, config: Config, always: Config) -> list[str]:
        lost = []
        types, others = TopicTypes(new, config), TopicTypes(new, always)
        for store in types.changelogs:
            found, wanted = (
                rows_of(each, each.changelog(store), map(_Read, self._read(each.changelog(store))))
                for each in (types, others)
            )
            if found != wanted:
                lost.append(f"{store} holds {found} instead of {wanted}")
        return lost

    def _read(self, topic: str) -> list[Any]:
        """All records of the topic's first partition."""
        settings = {"bootstrap.servers": self.address, "group.id": "reader", "enable.auto.commit": False}
        consumer = Consumer(
            {**settings, "enable.partition.eof": True, "isolation.level": "read_committed", "log_level": 0}
        )
        try:
            if topic not in consumer.list_topics(timeout=10).topics:
                return []
            consumer.assign([TopicPartition(topic, 0, 0)])
            found: list[Any] = []
            while True:
                message = consumer.poll(1.0)
                if message is not None and message.error() is not None:
                    return found
                found += [] if message is None else [message]
        finally:
            consumer.close()


class _UntilIdle:
    """Applications that run at the same time: idle when the block begins, and again when it has ended."""

    def __init__(self, running: list[Running], has_read: Callable[[Running], bool]) -> None:
        self._running = running
        self._has_read = has_read

    def __enter__(self) -> list[Running]:
        for each in self._running:
            try:
                each.streams.start()
            except Exception as error:
                each.error = error
        self._wait()
        return self._running

    def __exit__(self, *raised: Any) -> None:
        self._wait()
        for each in self._running:
            each.streams.close(30)
            each.error = each.error or each.streams.error

    def _wait(self) -> None:
        waiting = {id(each): Idleness(IDLE_SECONDS) for each in self._running}
        deadline = time.monotonic() + MOST_SECONDS
        while waiting and time.monotonic() < deadline:
            for each in self._running:
                state = each.streams.state
                if id(each) in waiting and (
                    state.has_ended
                    or (
                        waiting[id(each)].reached(each.streams.progress(), running=state.value == "RUNNING")
                        and self._has_read(each)
                    )
                ):
                    del waiting[id(each)]
            time.sleep(0.02)


@dataclass(frozen=True)
class _Read:
    """A record that was read, with the attributes of one that was written."""

    message: Any

    @property
    def key(self) -> Any:
        return self.message.key()

    @property
    def value(self) -> Any:
        return self.message.value()

    @property
    def headers(self) -> Any:
        return tuple(self.message.headers() or ())


def _rows(store: Any) -> list[tuple[str, str]]:
    """Key and value as text; times of rows are left out, which not all kinds keep."""
    with store.all() as rows:
        return [(repr(row[0]), repr(getattr(row[1], "value", row[1]))) for row in rows]


def _repartition(topology: Topology, config: Config) -> list[str]:
    return [topology.topic_name(topic, config.application_id) for topic in topology.internal_topics]


def _lost_rows(held: dict[str, dict[str, str]], found: dict[str, dict[str, str]], *, moved: int) -> list[str]:
    """Stores whose rows are not in NEW, or are others there; each record on its way may have changed one."""
    lost = []
    for store, rows in held.items():
        others = found.get(store)
        if not rows:
            continue
        if others is None:
            if not any(rows.items() <= each.items() for each in found.values()):
                lost.append(f"rows of {store}")
            continue
        changed = [key for key, value in rows.items() if others.get(key) != value]
        if len(changed) > moved:
            lost.append(f"rows of {store} are {others} instead of {rows}")
    return lost
