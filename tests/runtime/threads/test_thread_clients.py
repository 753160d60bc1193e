"""The clients of one membership: an offset that is gone, a transaction that is dropped, and the order of the end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException

from kstream_cli import Config
from kstream_cli.errors import BrokerUnavailableError, FencedInstanceIdError, LostOffsetsError
from kstream_cli.runtime.clients.streams_producer import StreamsProducer, TransactionalProducer
from kstream_cli.runtime.threads import thread_clients
from kstream_cli.runtime.threads.thread_clients import ThreadClients

IN = ("in", 0)


class Membership:
    """Clients that write what is asked of them into one list."""

    def __init__(self, *, transactional: bool = False, **settings: Any) -> None:
        self.calls: list[Any] = []
        self.errors: dict[str, BaseException] = {}
        self.watermarks: Any = (3, 9)
        call = self.call
        self.clients: Any = object.__new__(ThreadClients)
        clients = self.clients
        clients.config = Config.from_mapping({"application.id": "app", **settings})
        clients._index, clients._name = 2, "app-StreamThread-2"
        clients.consumer = SimpleNamespace(
            get_watermark_offsets=self.ask_watermarks,
            incremental_unassign=lambda keys: call("unassign", *((key.topic, key.partition) for key in keys)),
            incremental_assign=lambda keys: call("assign", *((key.topic, key.partition, key.offset) for key in keys)),
            unsubscribe=lambda: call("unsubscribe"),
            poll=lambda seconds: call("poll", seconds),
            close=lambda: call("close consumer"),
            memberid=lambda: "member",
        )
        clients.tasks = SimpleNamespace(
            ids=["0_0", "0_1"],
            started_at={},
            positions={IN: 0},
            revoke=lambda tasks: call("revoke", tasks),
            close=lambda: call("close tasks"),
            end=lambda: call("end tasks"),
        )
        clients.committer = SimpleNamespace(committed={})
        clients.reader = SimpleNamespace(close=lambda: call("close reader"))
        clients.ends = SimpleNamespace(forget=lambda: call("forget ends"))
        producer: Any = object.__new__(TransactionalProducer if transactional else StreamsProducer)
        clients.producer = producer
        producer.close = lambda: call("close producer")
        producer.abort = lambda: call("abort")
        clients.start_offsets = SimpleNamespace(of=lambda topic, partition: 77)
        clients.application = SimpleNamespace(
            look_at_topics=lambda: call("look at topics"), admin="admin", streams_group=None
        )

    def call(self, name: str, *given: Any) -> None:
        self.calls.append((name, *given) if given else name)
        if name in self.errors:
            raise self.errors[name]

    def ask_watermarks(self, partition: Any, seconds: float) -> Any:
        assert (partition.topic, partition.partition, seconds) == (*IN, 5.0)
        if isinstance(self.watermarks, Exception):
            raise self.watermarks
        return self.watermarks


# An offset that the broker does not have


def test_a_lost_offset_ends_the_thread_unless_it_is_told_where_to_go_on() -> None:
    membership = Membership()
    membership.clients.tasks.started_at[IN] = (1, None)
    with pytest.raises(
        LostOffsetsError, match=r"^in-0: the committed offset 1 is gone, the broker has 3 to 9; to continue"
    ):
        membership.clients.offset_lost(*IN)
    membership.clients.committer.committed[IN] = (2, "")
    with pytest.raises(LostOffsetsError, match="the committed offset 2 is gone"):
        membership.clients.offset_lost(*IN)
    assert membership.calls == []


@pytest.mark.parametrize(("policy", "offset"), [("earliest", OFFSET_BEGINNING), ("latest", OFFSET_END)])
def test_it_goes_on_where_it_is_told_to_and_says_so(policy: str, offset: int, caplog: pytest.LogCaptureFixture) -> None:
    membership = Membership(**{"on.lost.offsets": policy})
    membership.clients.offset_lost(*IN)
    assert membership.calls == [("unassign", IN), ("assign", (*IN, offset))]
    told = f"in-0: the committed offset None is gone, the broker has 3 to 9; going on from the {policy}"
    assert caplog.messages == [told]


@pytest.mark.parametrize(("committed", "offset"), [(4, 4), (None, 77)])
def test_a_topic_that_seems_to_be_deleted_is_looked_for_and_tried_again(committed: int | None, offset: int) -> None:
    membership = Membership()
    membership.watermarks = KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART))
    if committed is not None:
        membership.clients.committer.committed[IN] = (committed, "")
    membership.clients.offset_lost(*IN)
    assert membership.calls == ["look at topics", ("unassign", IN), ("assign", (*IN, offset))]


def test_a_broker_that_does_not_answer_is_no_reason_to_go_on_elsewhere() -> None:
    membership = Membership(**{"on.lost.offsets": "earliest"})
    membership.watermarks = KafkaException(KafkaError(KafkaError._TRANSPORT, "away"))
    with pytest.raises(LostOffsetsError, match=r"^in-0 cannot be read on: away$"):
        membership.clients.offset_lost(*IN)
    assert membership.calls == []


# Transactions


def test_with_its_transaction_go_the_ends_that_were_listed_in_it() -> None:
    membership = Membership(transactional=True)
    membership.clients._drop_transaction()
    assert membership.calls == ["forget ends", "abort"]


def test_without_transactions_there_is_none_to_drop() -> None:
    membership = Membership()
    membership.clients._drop_transaction()
    assert membership.calls == []


def test_a_partition_has_no_more_records_once_its_consumer_was_at_its_end() -> None:
    membership = Membership()
    assert (membership.clients._lag(*IN), membership.clients._lag("in", 1)) == (0, None)


# The end

LEFT = [
    *("close tasks", "close reader", "close producer", "unsubscribe"),
    *[("poll", 0.05)] * 3,
    *("close consumer", "end tasks"),
]


def test_at_the_end_work_is_committed_before_anything_is_closed_and_the_group_is_left() -> None:
    membership = Membership()
    membership.clients.close(commit=True)
    assert membership.calls == [("revoke", ["0_0", "0_1"]), *LEFT]


def test_after_an_error_nothing_is_committed() -> None:
    membership = Membership()
    membership.clients.close(commit=False)
    assert membership.calls == LEFT


def test_a_commit_that_fails_at_the_end_is_raised_once_all_is_closed() -> None:
    membership = Membership()
    membership.errors["revoke"] = BrokerUnavailableError("away")
    with pytest.raises(BrokerUnavailableError):
        membership.clients.close(commit=True)
    assert membership.calls[1:] == LEFT


def test_what_cannot_be_closed_keeps_nothing_else_open(caplog: pytest.LogCaptureFixture) -> None:
    membership = Membership()
    for call in ("close tasks", "close reader", "close producer", "close consumer", "end tasks"):
        membership.errors[call] = SystemExit(call)
    membership.clients.close(commit=False)
    assert membership.calls == LEFT
    assert len(caplog.messages) == 5


def test_a_static_member_keeps_its_place_in_the_group() -> None:
    membership = Membership(**{"group.instance.id": "one"})
    membership.clients.close(commit=False)
    assert membership.calls == ["close tasks", "close reader", "close producer", "close consumer", "end tasks"]


def test_a_static_member_whose_place_is_taken_does_not_join_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    answer = True

    def has_successor(*given: Any) -> bool:
        asked.append(given)
        return answer

    monkeypatch.setattr(thread_clients, "has_successor", has_successor)
    Membership().clients.require_place()
    static = Membership(**{"group.instance.id": "one"}).clients
    with pytest.raises(FencedInstanceIdError, match="its place 'one-2' in the group is taken"):
        static.require_place()
    answer = False
    static.require_place()
    assert asked == [("admin", "app", "one-2", "member")] * 2


# Settings


def test_a_producer_waits_no_longer_than_the_group_waits_for_its_member() -> None:
    made: list[Any] = []
    for settings, seconds in (
        ({"task.timeout.ms": 5000}, 5.0),
        ({"task.timeout.ms": 500_000, "consumer.max.poll.interval.ms": 100_000}, 80.0),
    ):
        membership = Membership(**settings)
        supplier = SimpleNamespace(producer=lambda given: made.append(given) or SimpleNamespace())
        membership.clients.application = SimpleNamespace(supplier=supplier)
        assert membership.clients._make_producer(bool)._timeout == seconds
    assert [given["client.id"] for given in made] == ["app-StreamThread-2-producer"] * 2
    assert not any("transactional.id" in given for given in made)


def test_a_transactional_producer_fences_the_one_before_it_by_a_name_that_a_restart_keeps() -> None:
    made: list[Any] = []
    calls: list[Any] = []
    client = SimpleNamespace(
        init_transactions=lambda seconds: calls.append("init"), begin_transaction=lambda: calls.append("begin")
    )
    membership = Membership(**{"processing.guarantee": "exactly_once_v2"})
    membership.clients.application = SimpleNamespace(
        supplier=SimpleNamespace(producer=lambda given: made.append(given) or client), process_id="process"
    )
    producer = membership.clients._make_producer(bool)
    assert isinstance(producer, TransactionalProducer)
    assert (made[0]["transactional.id"], producer._transactional_id) == ("app-process-2", "app-process-2")
    assert producer._lifetime == membership.clients.config.transaction_timeout_ms / 1000
    assert calls == ["init", "begin"]
