"""Topics that are made before a start, widened, held to what they must be, and emptied of what is committed."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.config import Config
from kstream_cli.errors import AccessDeniedError, MissingTopicsError, StreamsError, TopicPartitionsError
from kstream_cli.runtime.cluster import internal_topic_manager, topics
from kstream_cli.runtime.cluster.internal_topic_manager import InternalTopicManager
from kstream_cli.runtime.cluster.repartition_purge import RepartitionPurge
from kstream_cli.runtime.cluster.topic_setup import TopicSetup, check_tasks
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.topology.internal_topics import TopicSpec

EXISTS = KafkaError(KafkaError.TOPIC_ALREADY_EXISTS, "it is there")
REFUSED = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "no")
BUSY = KafkaError(KafkaError.NOT_CONTROLLER, "the controller moves", False, True)


class Cluster:
    """Its admin client; a topic that was made shows `late` looks afterwards."""

    def __init__(self, late: int = 0, **partitions: int) -> None:
        self.partitions = dict(partitions)
        self.late = late
        self.answers: dict[str, list[KafkaError]] = {}
        """What goes wrong with a topic, one time after the other, before it is made."""
        self.others_count = 0
        """How many partitions a topic has that another instance made or widened, if not as many as are wanted."""
        self.made: list[list[tuple[str, int, int, dict[str, str]]]] = []
        self.widened: list[tuple[str, int]] = []
        self.looks = 0
        self._coming: list[tuple[int, str, int]] = []

    def list_topics(self, *, timeout: float) -> Any:
        self.looks += 1
        for due, name, count in self._coming:
            if due <= self.looks:
                self.partitions[name] = count
        found = {name: SimpleNamespace(partitions=range(count), error=None) for name, count in self.partitions.items()}
        return SimpleNamespace(topics=found)

    def create_topics(self, new: list[Any], *, request_timeout: float) -> dict[str, Future[Any]]:
        self.made.append([(each.topic, each.num_partitions, each.replication_factor, each.config) for each in new])
        return {each.topic: self._answer(each.topic, each.num_partitions) for each in new}

    def create_partitions(self, new: list[Any], *, request_timeout: float) -> dict[str, Future[Any]]:
        self.widened += [(each.topic, each.new_total_count) for each in new]
        return {each.topic: self._answer(each.topic, each.new_total_count) for each in new}

    def _answer(self, topic: str, partitions: int) -> Future[Any]:
        answer: Future[Any] = Future()
        errors = self.answers.get(topic, [])
        if errors:
            error = errors.pop(0)
            answer.set_exception(KafkaException(error))
            if error.code() not in (KafkaError.TOPIC_ALREADY_EXISTS, KafkaError.INVALID_PARTITIONS):
                return answer
            partitions = self.others_count or partitions
        else:
            answer.set_result(None)
        self._coming.append((self.looks + 1 + self.late, topic, partitions))
        return answer

    def setup(self) -> TopicSetup:
        config = Config.from_mapping({"application.id": "app", "bootstrap.servers": "here:1", "replication.factor": 2})
        return TopicSetup(config, SimpleNamespace(admin=lambda settings: self))  # type: ignore[arg-type]

    def manager(self, **options: Any) -> InternalTopicManager:
        found = ClusterTopics(self, "here:1")  # type: ignore[arg-type]
        found.refresh()
        return InternalTopicManager(self, found, replication_factor=2, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time passes only while somebody sleeps."""
    naps: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: 1000 + sum(naps), sleep=naps.append)
    monkeypatch.setattr(topics, "time", clock)
    monkeypatch.setattr(internal_topic_manager, "time", clock)
    return naps


# Topics of others


def test_only_missing_topics_are_made_and_waited_for_until_the_cluster_shows_them() -> None:
    cluster = Cluster(late=2, orders=4)
    assert cluster.setup().create(["orders", "new"], 3, {"retention.ms": "1"}) == ["new"]
    assert cluster.made == [[("new", 3, 2, {"retention.ms": "1"})]]
    assert cluster.partitions == {"orders": 4, "new": 3}
    assert cluster.setup().create(["orders", "new"], 3) == []
    assert len(cluster.made) == 1


def test_a_topic_that_somebody_else_made_meanwhile_is_taken_and_any_other_error_is_one() -> None:
    cluster = Cluster()
    cluster.answers = {"new": [EXISTS], "other": [REFUSED]}
    assert cluster.setup().create(["new"], 3) == ["new"]
    with pytest.raises(StreamsError, match=r"^topic other cannot be created: no$"):
        cluster.setup().create(["other"], 3)


def test_all_topics_that_are_missing_are_named() -> None:
    setup = Cluster(orders=4).setup()
    setup.require(["orders"])
    with pytest.raises(MissingTopicsError, match=r"^missing topics: b, a\n") as thrown:
        setup.require(["b", "orders", "a"])
    assert thrown.value.topics == ("b", "a")


def test_topics_that_would_make_another_number_of_tasks_are_named() -> None:
    check_tasks({"orders": 4, "missing": None}, 4)
    with pytest.raises(TopicPartitionsError, match="of 4 partitions, but few has 3, many has 5\n"):
        check_tasks({"few": 3, "orders": 4, "many": 5, "missing": None}, 4)


# The application's own


def test_own_topics_are_made_where_they_are_missing_and_waited_for() -> None:
    cluster = Cluster(late=2, there=4)
    cluster.manager().make_ready([TopicSpec("there", 4), TopicSpec("new", 3, {"cleanup.policy": "compact"})])
    assert cluster.made == [[("new", 3, 2, {"cleanup.policy": "compact"})]]
    assert cluster.partitions == {"there": 4, "new": 3}


@pytest.mark.parametrize("found", [3, 5])
def test_an_own_topic_with_another_number_of_partitions_is_refused_be_it_fewer_or_more(found: int) -> None:
    cluster = Cluster(log=found)
    with pytest.raises(TopicPartitionsError, match=f"^KS204: .*: log has {found} partitions instead of 4"):
        cluster.manager().make_ready([TopicSpec("log", 4)])
    assert cluster.made == []


def test_an_own_topic_that_another_instance_made_with_too_few_partitions_is_refused_too() -> None:
    cluster = Cluster()
    cluster.answers = {"log": [EXISTS]}
    cluster.others_count = 3
    with pytest.raises(TopicPartitionsError, match="log has 3 partitions instead of 4"):
        cluster.manager().make_ready([TopicSpec("log", 4)])


def test_what_cannot_be_made_just_now_is_made_half_a_second_later_and_nothing_else_again(slept: list[float]) -> None:
    cluster = Cluster()
    cluster.answers = {"log": [BUSY]}
    cluster.manager().make_ready([TopicSpec("log", 4), TopicSpec("other", 4)])
    assert [[name for name, *_ in made] for made in cluster.made] == [["log", "other"], ["log"]]
    assert slept[0] == 0.5


def test_own_topics_are_tried_for_a_minute() -> None:
    cluster = Cluster()
    cluster.answers = {"log": [BUSY] * 999}
    with pytest.raises(StreamsError, match=r"^internal topic 'log' cannot be created: the controller moves$"):
        cluster.manager().make_ready([TopicSpec("log", 4)])
    assert len(cluster.made) == 121


def test_who_may_not_make_own_topics_is_told_what_to_allow() -> None:
    cluster = Cluster()
    cluster.answers = {"log": [REFUSED]}
    with pytest.raises(AccessDeniedError, match="allow this user CREATE on topic 'log'"):
        cluster.manager().make_ready([TopicSpec("log", 4)])


def test_own_topics_that_never_appear_are_an_error() -> None:
    with pytest.raises(StreamsError, match=r"^internal topics were made but did not appear within 60 s: log$"):
        Cluster(late=10_000).manager().make_ready([TopicSpec("log", 4)])


def test_what_the_brokers_make_is_not_made_here_and_what_is_there_is_still_checked() -> None:
    cluster = Cluster(there=3)
    cluster.manager(makes=False).make_ready([TopicSpec("new", 4), TopicSpec("there", 3)])
    assert cluster.made == []
    with pytest.raises(TopicPartitionsError):
        cluster.manager(makes=False).make_ready([TopicSpec("new", 4), TopicSpec("there", 4)])


def test_only_topics_that_are_too_narrow_are_widened_and_waited_for() -> None:
    cluster = Cluster(late=2, narrow=2, right=4, wide=6)
    cluster.answers = {"narrow": [KafkaError(KafkaError.INVALID_PARTITIONS, "another was quicker")]}
    cluster.manager().widen([TopicSpec(name, 4) for name in ("narrow", "right", "wide", "missing")])
    assert cluster.widened == [("narrow", 4)]
    assert cluster.partitions["narrow"] == 4


def test_topics_that_cannot_be_widened_are_named() -> None:
    cluster = Cluster(narrow=2)
    cluster.answers = {"narrow": [REFUSED]}
    with pytest.raises(StreamsError, match=r"^topic 'narrow' cannot get more partitions: no$"):
        cluster.manager().widen([TopicSpec("narrow", 4)])
    with pytest.raises(StreamsError, match=r"^the new partitions of narrow did not appear in 60 s$"):
        Cluster(late=10_000, narrow=2).manager().widen([TopicSpec("narrow", 4)])


# What is committed


class Broker:
    """Deletes records, and answers with these errors."""

    def __init__(self) -> None:
        self.deleted: list[list[tuple[str, int, int]]] = []
        self.error: KafkaError | None = None
        self.fails: KafkaException | None = None

    def delete_records(self, keys: list[Any]) -> dict[Any, Future[Any]]:
        self.deleted.append([(key.topic, key.partition, key.offset) for key in keys])
        if self.fails is not None:
            raise self.fails
        answers = {key: Future[Any]() for key in keys}
        for answer in answers.values():
            if self.error is None:
                answer.set_result(None)
            else:
                answer.set_exception(KafkaException(self.error))
        return answers


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def purge(broker: Broker) -> RepartitionPurge:
    made = RepartitionPurge(broker, frozenset({"again"}), 30.0)  # type: ignore[arg-type]
    made._purged_at = 1000.0
    return made


def test_committed_repartition_records_are_deleted_and_never_those_of_other_topics(
    purge: RepartitionPurge, broker: Broker
) -> None:
    committed = {("again", 0): 5, ("orders", 0): 7, ("again", 1): 0}
    purge.purge(committed, 1029.9)
    assert broker.deleted == []
    purge.purge(committed, 1030.0)
    assert broker.deleted == [[("again", 0, 5)]]


def test_what_is_deleted_already_is_not_asked_for_again(purge: RepartitionPurge, broker: Broker) -> None:
    for number, offset in enumerate((5, 5, 6), start=1):
        purge.purge({("again", 0): offset, ("again", 1): 2}, 1000 + 30.0 * number)
    assert broker.deleted == [[("again", 0, 5), ("again", 1, 2)], [("again", 0, 6)]]


def test_what_brokers_do_not_delete_is_told_once_a_topic_with_the_right_that_is_missing(
    purge: RepartitionPurge, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.error = REFUSED
    for number in range(1, 4):
        purge.purge({("again", 0): number}, 1000 + 30.0 * number)
    broker.fails = KafkaException(KafkaError(KafkaError._TRANSPORT, "away"))
    purge.purge({("again", 0): 9}, 1200)
    assert caplog.messages == [
        "repartition records of again are not deleted: no: allow this user DELETE on topic 'again'",
        "repartition records cannot be purged: away",
    ]
