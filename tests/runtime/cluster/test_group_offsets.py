"""What a group has committed is asked of a consumer, in parts, until it is told or refused."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.runtime.clients import settling
from kstream_cli.runtime.cluster import group_offsets
from kstream_cli.runtime.cluster.group_offsets import COMMITTED_OFFSETS, MOST, GroupOffsets

PACKAGE = Path(group_offsets.__file__).parents[2]
TOPICS = {COMMITTED_OFFSETS: 2, "orders": 2, "other": 1}


class Clients:
    """One consumer, which first gives these errors, and then that `orders-1` has been read up to 5."""

    def __init__(self, *errors, event=None):
        self.errors, self.event = list(errors), event
        self.settings, self.asked, self.closed = [], [], 0

    def consumer(self, settings):
        self.settings.append(settings)
        return self

    def committed(self, partitions, timeout):
        self.asked.append(len(partitions))
        if self.errors:
            raise KafkaException(KafkaError(self.errors.pop(0)))
        read = {("orders", 1): 5}
        return [
            TopicPartition(each.topic, each.partition, read.get((each.topic, each.partition), -1001))
            for each in partitions
        ]

    def poll(self, timeout):
        return self.event

    def close(self):
        self.closed += 1

    def list_groups(self, group, timeout):
        return []


def offsets(clients, topics=TOPICS, **settings):
    config = Config.from_mapping({"application.id": "app", "bootstrap.servers": "x:1", **settings})
    with GroupOffsets(clients, config, clients) as asked:
        return asked.offsets(topics)


def test_only_what_is_committed_is_told_also_while_a_transaction_is_open():
    clients = Clients()
    assert offsets(clients, **{"processing.guarantee": "exactly_once_v2"}) == {("orders", 1): 5}
    assert [(each["group.id"], each["isolation.level"]) for each in clients.settings] == [("app", "read_uncommitted")]
    assert clients.closed == 1


def test_many_partitions_are_asked_for_in_parts_by_one_consumer():
    clients = Clients()
    assert offsets(clients, {COMMITTED_OFFSETS: MOST, "orders": 2}) == {("orders", 1): 5}
    assert clients.asked == [MOST, 2]
    assert len(clients.settings) == 1


def test_a_coordinator_that_moves_is_asked_again(monkeypatch):
    monkeypatch.setattr(settling, "PAUSE_SECONDS", 0)
    assert offsets(Clients(KafkaError.NOT_COORDINATOR, KafkaError._TIMED_OUT)) == {("orders", 1): 5}


@pytest.mark.parametrize(
    "clients",
    [
        Clients(KafkaError.GROUP_AUTHORIZATION_FAILED),
        # The consumer waits for a coordinator that the cluster does not tell it, and says so beside it.
        Clients(
            KafkaError._TIMED_OUT,
            event=SimpleNamespace(error=lambda: KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED)),
        ),
    ],
)
def test_a_refusal_is_told(clients):
    with pytest.raises(StreamsError, match=r"committed offsets of app are not known: .*[Aa]uthorization"):
        offsets(clients)
    assert len(clients.asked) == 1


def test_where_nobody_has_ever_committed_no_consumer_is_made():
    clients = Clients()
    assert offsets(clients, {"orders": 1}) == {}
    assert clients.settings == []


@pytest.mark.parametrize("name", ["list_consumer_group_offsets", "describe_consumer_groups"])
def test_the_requests_that_end_a_process_when_a_coordinator_moves_are_made_nowhere(name):
    calls = (node for file in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())))
    assert not [node.lineno for node in calls if isinstance(node, ast.Attribute) and node.attr == name]
