"""A consumer that is a member of a streams group, over real sockets, with a coordinator that a test directs."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaException, TopicPartition

from kstream_cli import StreamsBuilder
from kstream_cli.config import Config
from kstream_cli.errors import ConfigError, GroupJoinError, TaskCorruptedError
from kstream_cli.protocol.error_codes import ErrorCode
from kstream_cli.protocol.messages import HEARTBEAT, OFFSET_COMMIT, UPDATE_DESCRIPTION
from kstream_cli.runtime.clients.group_metadata import parse, written
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.streams_group.group import StreamsGroup
from kstream_cli.task.task_id import TaskId

PLACEMENT = Placement({"in": 0}, {0: {"in": 4}})


class Group:
    """A coordinator with one member, whose tasks a test sets."""

    def __init__(self, broker) -> None:
        self.active: list[int] | None = None
        self.epoch = 1
        self.error = 0
        self.wants_description = False
        self.interval_ms = 20
        broker.on(HEARTBEAT, self.beat)
        broker.on(UPDATE_DESCRIPTION, lambda request: {"throttle_time_ms": 0, "error_code": 0, "error_message": None})
        self.requests: list[dict[str, Any]] = broker.requests

    def beat(self, request: dict[str, Any]) -> dict[str, Any]:
        error, self.error = self.error, 0
        active, self.active = (None, self.active) if error else (self.active, None)
        leaves = request["member_epoch"] < 0
        tasks = None if active is None else [{"subtopology_id": "0", "partitions": active}] if active else []
        wants, self.wants_description = self.wants_description, False
        return {
            "throttle_time_ms": 0,
            "error_code": error,
            "error_message": "no" if error else None,
            "member_id": request["member_id"],
            "member_epoch": request["member_epoch"] if leaves else self.epoch,
            "heartbeat_interval_ms": self.interval_ms,
            "task_offset_interval_ms": 0,
            "acceptable_recovery_lag": -1,
            "acceptable_recovery_lag_legacy": 0,
            "status": [],
            "active_tasks": tasks,
            "standby_tasks": None if active is None else [],
            "warmup_tasks": None if active is None else [],
            "topology_description_required": wants,
            "endpoint_information_epoch": 0,
            "partitions_by_user_endpoint": None,
        }


class Inner:
    """The consumer within: it is told of partitions, and has no records."""

    def __init__(self) -> None:
        self.is_closed = False
        for name in (
            *("assign", "pause", "resume", "seek", "position", "committed", "get_watermark_offsets"),
            *("offsets_for_times", "incremental_assign", "incremental_unassign"),
        ):
            setattr(self, name, None)
        self.looks: list[str] = []
        self.shown_from = 1
        """The look at a topic from which on it is there."""

    def list_topics(self, topic: str, timeout: float) -> Any:
        self.looks.append(topic)
        is_there = self.looks.count(topic) >= self.shown_from
        found = SimpleNamespace(error=None if is_there else "unknown", partitions={0: None} if is_there else {})
        return SimpleNamespace(topics={topic: found})

    def fetch(self, count: int, seconds: float) -> Any:
        return [], []

    def consumer_group_metadata(self) -> bytes:
        return written("app", -1, "")

    def close(self) -> None:
        self.is_closed = True


class Told:
    """What the callbacks were told, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []
        self.on_revoked: Callable[[], None] = lambda: None

    def subscribe(self, consumer) -> None:
        consumer.subscribe(["in"], on_assign=self.assign, on_revoke=self.revoke, on_lost=self.lose)

    def assign(self, consumer, partitions) -> None:
        self.calls.append(("assigned", [each.partition for each in partitions]))

    def revoke(self, consumer, partitions) -> None:
        self.on_revoked()
        self.calls.append(("revoked", [each.partition for each in partitions]))

    def lose(self, consumer, partitions) -> None:
        self.calls.append(("lost", [each.partition for each in partitions]))


def topology():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
    return builder.build()


def group_of(broker, **settings) -> StreamsGroup:
    given = {"application.id": "app", "bootstrap.servers": broker.address, "processing.guarantee": "exactly_once_v2"}
    config = Config.from_mapping({**given, "group.protocol": "streams", **settings})
    return StreamsGroup(topology(), config, process_id="p", client_id="app-p")


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def join(broker, told):
    """Makes a member that has joined."""
    made = []

    def joined(instance_id=None, inner=None, leaves=None, **settings):
        group = group_of(broker, **settings)
        group.leaves = leaves
        consumer = group.consumer(
            inner or Inner(),
            thread="app-p-StreamThread-1",
            client_id="app-p-StreamThread-1-consumer",
            instance_id=instance_id,
            placement=lambda: PLACEMENT,
            look_at_topics=lambda: None,
        )
        told.subscribe(consumer)
        made.append(consumer)
        return consumer

    yield joined
    for consumer in made:
        consumer.close()


def poll_until(consumer, condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        consumer.fetch(1, 0.0)
        time.sleep(0.005)


def test_tasks_are_told_taken_and_acknowledged(broker, told, join):
    group = Group(broker)
    group.active = [0, 2]
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0, 2])])
    acknowledged = [{"subtopology_id": "0", "partitions": [0, 2]}]
    poll_until(consumer, lambda: any(each["active_tasks"] == acknowledged for each in broker.named(HEARTBEAT)))


def test_a_broker_of_kafka_4_2_is_spoken_to_in_the_version_that_it_has(broker, told, join):
    broker.versions[HEARTBEAT.key] = (0, 0)
    group = Group(broker)
    group.active = [0, 2]
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0, 2])])


def test_tasks_wait_for_topics_that_the_broker_made_a_moment_ago(broker, told, join):
    Group(broker).active = [0]
    inner = Inner()
    inner.shown_from = 3
    consumer = join(inner=inner)
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    assert inner.looks == ["app-counts-changelog"] * 3


def test_what_goes_is_given_up_before_the_group_is_told(broker, told, join):
    group = Group(broker)
    group.active = [0, 1]
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0, 1])])
    one = [{"subtopology_id": "0", "partitions": [1]}]
    shown: list[Any] = []
    owned: list[Any] = []

    def note() -> None:
        owned.append(consumer._member.owned.active)
        shown.extend(each["active_tasks"] for each in broker.named(HEARTBEAT))

    told.on_revoked = note
    group.active = [1]
    poll_until(consumer, lambda: told.calls[1:] == [("revoked", [0]), ("assigned", [])])
    poll_until(consumer, lambda: broker.named(HEARTBEAT)[-1]["active_tasks"] != one and one in acks(broker))
    assert one not in shown
    assert owned == [{TaskId(0, 0), TaskId(0, 1)}]


def acks(broker):
    return [each["active_tasks"] for each in broker.named(HEARTBEAT)]


def test_a_member_that_was_put_out_loses_its_tasks_and_joins_anew(broker, told, join):
    group = Group(broker)
    group.active = [0]
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    group.error, group.active = 110, [3]
    poll_until(consumer, lambda: told.calls[1:] == [("lost", [0]), ("assigned", [3])])
    assert [each["member_epoch"] for each in broker.named(HEARTBEAT)].count(0) == 2


def test_a_thread_that_does_not_poll_gives_its_tasks_up(broker, told, join):
    group = Group(broker)
    group.active = [0]
    consumer = join(**{"max.poll.interval.ms": 300, "session.timeout.ms": 200})
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    deadline = time.monotonic() + 20
    while not any(each["member_epoch"] == -1 for each in broker.named(HEARTBEAT)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with pytest.raises(KafkaException, match="not in its group now"):
        consumer.commit(offsets=[TopicPartition("in", 0, 5)], asynchronous=False)
    poll_until(consumer, lambda: told.calls[1:] == [("lost", [0])])


def test_a_commit_carries_the_member_and_its_epoch(broker, told, join):
    group = Group(broker)
    group.active, group.epoch = [0], 6
    broker.on(OFFSET_COMMIT, lambda request: committed(request, 0))
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    consumer.commit(offsets=[TopicPartition("in", 0, 5, "note")], asynchronous=False)
    (request,) = broker.named(OFFSET_COMMIT)
    assert (request["member_id"], request["generation_id_or_member_epoch"]) == (consumer.memberid(), 6)
    (topic,) = request["topics"]
    assert topic["partitions"][0]["committed_offset"] == 5
    assert topic["partitions"][0]["committed_metadata"] == "note"


def committed(request, code):
    return {
        "throttle_time_ms": 0,
        "topics": [
            {
                "name": topic["name"],
                "partitions": [
                    {"partition_index": each["partition_index"], "error_code": code} for each in topic["partitions"]
                ],
            }
            for topic in request["topics"]
        ],
    }


def test_a_commit_that_the_group_refuses_is_an_error_of_the_client(broker, told, join):
    group = Group(broker)
    group.active = [0]
    broker.on(OFFSET_COMMIT, lambda request: committed(request, 113))
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    with pytest.raises(KafkaException, match="in-0: STALE_MEMBER_EPOCH"):
        consumer.commit(offsets=[TopicPartition("in", 0, 5)], asynchronous=False)


@pytest.mark.parametrize(("code", "forgotten"), [(ErrorCode.NOT_COORDINATOR, 1), (ErrorCode.STALE_MEMBER_EPOCH, 0)])
def test_a_coordinator_that_has_moved_is_looked_for_again(broker, told, join, monkeypatch, code, forgotten):
    Group(broker).active = [0]
    broker.on(OFFSET_COMMIT, lambda request: committed(request, code))
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    calls = []
    monkeypatch.setattr(consumer._commits, "forget", lambda: calls.append("forget"))
    with pytest.raises(KafkaException):
        consumer.commit(offsets=[TopicPartition("in", 0, 5)], asynchronous=False)
    assert len(calls) == forgotten


def test_nothing_is_committed_for_a_partition_that_is_not_the_members(broker, told, join):
    group = Group(broker)
    group.active = [0]
    consumer = join()
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    foreign = [TopicPartition("in", 1, 5)]
    with pytest.raises(TaskCorruptedError, match="in-1 is not this member's now"):
        consumer.commit(offsets=foreign, asynchronous=False)
    with pytest.raises(TaskCorruptedError, match="in-1 is not this member's now"):
        consumer.metadata_for(foreign)


def test_a_transaction_is_told_who_commits(broker, told, join):
    group = Group(broker)
    group.active, group.epoch = [0], 4
    consumer = join()
    assert consumer.consumer_group_metadata() is None
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    assert parse(consumer.metadata_for([TopicPartition("in", 0, 5)])) == ("app", 4, consumer.memberid())


@pytest.mark.parametrize(
    ("instance_id", "leaves", "epoch"),
    [(None, None, -1), ("one", None, -2), ("one", True, -1), ("one", False, -2), (None, False, 1)],
)
def test_closing_leaves_the_group_as_the_member_and_its_owner_want(broker, told, join, instance_id, leaves, epoch):
    Group(broker).active = [0]
    consumer = join(instance_id, leaves=leaves)
    poll_until(consumer, lambda: told.calls == [("assigned", [0])])
    consumer.close()
    last = broker.named(HEARTBEAT)[-1]
    assert (last["member_epoch"], last["instance_id"]) == (epoch, instance_id)


def test_the_description_is_sent_when_the_broker_asks_for_it(broker, told, join):
    group = Group(broker)
    group.active, group.wants_description = [0], True
    consumer = join()
    poll_until(consumer, lambda: broker.named(UPDATE_DESCRIPTION))
    (request,) = broker.named(UPDATE_DESCRIPTION)
    (part,) = request["topology_description"]["subtopologies"]
    assert [node["name"] for node in part["nodes"]] == ["KSTREAM-AGGREGATE-0000000001", "KSTREAM-SOURCE-0000000000"]
    assert part["nodes"][0]["stores"] == ["counts"]


def test_the_description_stays_here_where_that_is_switched_off(broker, told, join):
    group = Group(broker)
    group.active, group.wants_description = [0], True
    consumer = join(**{"topology.description.push.enabled": False})
    poll_until(consumer, lambda: told.calls and not group.wants_description)
    assert not broker.named(UPDATE_DESCRIPTION)


def test_a_group_without_the_protocol_is_refused_before_the_start(broker):
    del broker.versions[HEARTBEAT.key]
    with pytest.raises(GroupJoinError, match="do not have the streams protocol: it needs Apache Kafka"):
        group_of(broker)


def test_a_source_with_a_pattern_is_refused_before_the_start(broker):
    import re

    builder = StreamsBuilder()
    builder.stream(re.compile("in.*"), key=str, value=str).to("out")
    config = Config.from_mapping({"application.id": "app", "bootstrap.servers": broker.address})
    with pytest.raises(ConfigError, match=r"KSTREAM-SOURCE-0000000000 reads a pattern"):
        StreamsGroup(builder.build(), config, process_id="p", client_id="c")


def test_copies_are_those_of_all_threads_without_the_tasks_that_run_here(broker):
    from kstream_cli.runtime.streams_group.assignment import Assignment

    group = group_of(broker)
    first, second = TaskId(0, 0), TaskId(0, 1)
    group._note("one", Assignment(active=frozenset({first})))
    group._note("two", Assignment(standby=frozenset({first}), warmup=frozenset({second})))
    assert group.standbys() == {second}


def test_all_instances_are_asked_to_shut_down_by_a_member_of_its_own(broker, monkeypatch):
    Group(broker)
    monkeypatch.setattr("kstream_cli.runtime.streams_group.group.MARGIN_SECONDS", 0.1)
    assert group_of(broker).send()
    beats = broker.named(HEARTBEAT)
    assert beats[0]["shutdown_application"]
    assert beats[-1]["member_epoch"] == -1
