"""How a transactional producer deals with a client whose calls do not succeed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.errors import (
    AccessDeniedError,
    BrokerUnavailableError,
    FencedInstanceIdError,
    ProducerError,
    ProducerFencedError,
    StateError,
    TaskCorruptedError,
    TaskMigratedError,
)
from kstream_cli.runtime.clients import standstill, streams_producer
from kstream_cli.runtime.clients.streams_producer import StreamsProducer, TransactionalProducer
from kstream_cli.task.fencing import PRODUCER_FENCED


class Client:
    """One whose calls fail with these errors, one after the other, before they succeed."""

    def __init__(self, *errors: KafkaError) -> None:
        self.errors = list(errors)
        self.calls: list[str] = []

    def begin_transaction(self) -> None:
        self.calls.append("begin")

    def abort_transaction(self, seconds: float) -> None:
        self.calls.append("abort")
        if self.errors:
            raise KafkaException(self.errors.pop(0))


def retriable() -> KafkaError:
    return KafkaError(KafkaError._TIMED_OUT, "the coordinator is away", False, True)


def producer_of(client: Any, seconds: float = 60) -> TransactionalProducer:
    return TransactionalProducer(
        client,
        timeout_seconds=1,
        stopping=lambda: False,
        transaction_seconds=seconds,
        transactional_id="app-1",
    )


def test_what_may_succeed_later_is_tried_again() -> None:
    client = Client(retriable())
    producer_of(client).abort()
    assert client.calls == ["abort", "abort", "begin"]


class Clock:
    """Time that passes while somebody sleeps, and a hundred times as fast."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += 100 * seconds


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """How long a call is waited for, and how long the client is told to try, each time."""
    tries: list[tuple[float, float]] = []

    def call(seconds: float, operation: Any, *arguments: Any) -> None:
        tries.append((seconds, arguments[-1]))
        operation(*arguments)

    monkeypatch.setattr(streams_producer, "time", Clock())
    monkeypatch.setattr(streams_producer, "call_within", call)
    return tries


def test_a_call_is_tried_again_until_its_time_is_up_and_told_of_every_fifteen_seconds(
    tried: list[tuple[float, float]], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TaskMigratedError, match="abort_transaction does not succeed: the coordinator is away"):
        producer_of(Client(*[retriable()] * 99)).abort()
    assert tried == [*[(15, 10)] * 11, (10, 5), (6, 1), (6, 1)]
    assert caplog.messages == [
        f"abort_transaction is tried again, since {seconds} s: the coordinator is away" for seconds in (20, 40, 60)
    ]


def test_when_the_brokers_time_is_up_a_new_producer_is_to_go_on() -> None:
    with pytest.raises(TaskMigratedError, match="abort_transaction does not succeed: the coordinator is away"):
        producer_of(Client(retriable()), seconds=0).abort()


def never_back(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Calls that do not come back; how long they are waited for."""
    waits: list[float] = []

    def call(seconds: float, operation: Any, *arguments: Any) -> None:
        waits.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(streams_producer, "call_within", call)
    return waits


def test_a_client_that_does_not_come_back_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = never_back(monkeypatch)
    said = r"^the Kafka client did not come back from abort_transaction within 15 s, and is left behind$"
    with pytest.raises(TaskMigratedError, match=said):
        producer_of(Client()).abort()
    assert waits == [15]


def test_a_closed_producer_leaves_such_a_client_behind_after_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, client = never_back(monkeypatch), Transaction()
    producer_of(client).close()
    assert (waits, client.calls) == ([3], [("purge",), ("flush", 1.0)])


def test_a_record_of_1970_is_not_stamped_with_todays_date_by_a_client_that_takes_zero_for_now() -> None:
    stamps = []

    class Plain(Client):
        def produce(self, *arguments: Any) -> None:
            stamps.append(arguments[6])

    send = producer_of(Plain()).sender("topic", print)
    for timestamp in (0, None, 5):
        send(b"v", None, -1, timestamp, ())
    assert stamps == [1, 0, 5]


class Fenced:
    """A client whose calls all work, but for one of them."""

    def __init__(self, call: str, error: KafkaError) -> None:
        self._call, self._error = call, error

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> None:
            if name == self._call:
                raise KafkaException(self._error)

        return call


CALLS: dict[str, Any] = {
    "init_transactions": lambda producer: producer.start(),
    "begin_transaction": lambda producer: producer.start(),
    "send_offsets_to_transaction": lambda producer: producer.commit([], METADATA),
    "commit_transaction": lambda producer: producer.commit([], METADATA),
    "abort_transaction": lambda producer: producer.abort(),
}
METADATA = b"CGMDv2:\x01\0\0\0app\0member\0\1"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", sorted(PRODUCER_FENCED))
def test_a_fenced_producer_is_told_by_each_call_and_by_each_name(call: str, name: str) -> None:
    error = KafkaError(getattr(KafkaError, name))
    with pytest.raises(ProducerFencedError, match="fenced by the broker"):
        CALLS[call](producer_of(Fenced(call, error)))


@pytest.mark.parametrize("call", CALLS)
def test_so_it_is_by_any_error_that_is_fatal(call: str) -> None:
    with pytest.raises(ProducerFencedError):
        CALLS[call](producer_of(Fenced(call, KafkaError(KafkaError.UNKNOWN, "new", True))))


@pytest.mark.parametrize("call", CALLS)
def test_a_member_of_which_there_is_a_later_one_ends(call: str) -> None:
    error = KafkaError(KafkaError.FENCED_INSTANCE_ID, "its place is taken")
    with pytest.raises(FencedInstanceIdError, match="its place is taken"):
        CALLS[call](producer_of(Fenced(call, error)))


@pytest.mark.parametrize("call", CALLS)
def test_what_the_cluster_does_not_allow_is_told_as_such_even_where_it_is_fatal(call: str) -> None:
    error = KafkaError(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "no", True)
    with pytest.raises(AccessDeniedError, match="WRITE on transactional id 'app-1'"):
        CALLS[call](producer_of(Fenced(call, error)))


class Transaction:
    """A client that notes its calls with what is given to them."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> int:
            self.calls.append((name, *arguments))
            return 2

        call.__name__ = name
        return call


def names_of(client: Transaction) -> list[str]:
    return [call[0] for call in client.calls]


def test_a_transaction_has_its_offsets_before_it_is_committed_and_the_next_is_open_at_once() -> None:
    client = Transaction()
    producer_of(client).commit(["offset"], METADATA)
    assert names_of(client) == ["send_offsets_to_transaction", "commit_transaction", "begin_transaction"]
    assert client.calls[0][1:3] == (["offset"], METADATA)


def test_a_producer_fences_those_before_it_and_has_a_transaction_open() -> None:
    client = Transaction()
    producer_of(client).start()
    assert names_of(client) == ["init_transactions", "begin_transaction"]
    assert client.calls[0][1] == pytest.approx(1, abs=0.1)


def test_a_call_has_ten_seconds_and_never_less_than_one() -> None:
    client = Transaction()
    producer_of(client, seconds=60).abort()
    producer_of(client, seconds=0).abort()
    assert [call[1] for call in client.calls if call[0] == "abort_transaction"] == [10.0, 1.0]


def test_no_broker_to_start_with_is_no_reason_to_throw_state_away() -> None:
    error = KafkaError(KafkaError.INVALID_TXN_STATE, "no")
    with pytest.raises(BrokerUnavailableError, match=r"no transactional producer can be started: .*lost: no"):
        producer_of(Fenced("init_transactions", error)).start()


def test_a_transaction_that_cannot_be_committed_costs_its_work_and_one_that_cannot_be_aborted_its_producer() -> None:
    error = KafkaError(KafkaError.INVALID_TXN_STATE, "no")
    with pytest.raises(TaskCorruptedError, match="the transaction was lost: no"):
        producer_of(Fenced("commit_transaction", error)).commit([], METADATA)
    with pytest.raises(TaskMigratedError, match="a transaction cannot be aborted: the transaction was lost: no"):
        producer_of(Fenced("abort_transaction", error)).abort()
    with pytest.raises(TaskMigratedError, match="the transaction was lost: no"):
        producer_of(Fenced("begin_transaction", error)).abort()


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        (KafkaError.GROUP_AUTHORIZATION_FAILED, "READ on the group of the application.id"),
        (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            "WRITE on all topics that it writes to, among them those that begin with the application.id",
        ),
    ],
)
def test_what_is_not_allowed_names_the_right_that_is_missing(code: int, needed: str) -> None:
    with pytest.raises(AccessDeniedError, match=rf"allow this user {needed} \("):
        producer_of(Fenced("commit_transaction", KafkaError(code, "no"))).commit([], METADATA)


def test_a_closed_producer_aborts_and_gives_up_what_is_queued_whatever_the_broker_says() -> None:
    client = Transaction()
    producer_of(client).close()
    assert client.calls == [("abort_transaction", 1.0), ("purge",), ("flush", 1.0)]
    producer_of(Fenced("abort_transaction", KafkaError(KafkaError._STATE))).close()


def test_a_stopping_thread_does_not_try_again() -> None:
    client = Client(retriable())
    producer = TransactionalProducer(
        client, timeout_seconds=1, stopping=lambda: True, transaction_seconds=60, transactional_id="app-1"
    )
    with pytest.raises(TaskMigratedError, match="does not succeed"):
        producer.abort()
    assert client.calls == ["abort"]


def at_least_once(client: Any, *, stopping: bool = False) -> StreamsProducer:
    return StreamsProducer(client, timeout_seconds=1, stopping=lambda: stopping)


def test_a_flush_tells_how_many_records_are_left() -> None:
    client = Transaction()
    assert at_least_once(client).flush(7.5) == 2
    assert client.calls == [("flush", 7.5)]


def test_a_full_queue_is_waited_for_a_tenth_of_a_second_at_a_time_and_not_by_one_who_stops() -> None:
    client = Transaction()
    at_least_once(client).make_room()
    assert client.calls == [("poll", 0.1)]
    with pytest.raises(StateError, match=r"^stopped while a record waited for room in the producer's queue$"):
        at_least_once(client, stopping=True).make_room()


def test_who_looks_while_a_record_waits_for_room_may_end_the_wait_even_of_one_who_stops() -> None:
    client = Transaction()
    producer = at_least_once(client, stopping=True)

    def look() -> None:
        raise TaskCorruptedError(f"after {client.calls}")

    producer.while_waiting = look
    with pytest.raises(TaskCorruptedError, match="poll"):
        producer.make_room()


def test_a_long_wait_for_room_is_told_until_it_is_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(standstill, "WARN_SECONDS", 0)
    producer = at_least_once(Transaction())
    for _ in range(2):
        producer.make_room()
        producer.make_room()
        producer.poll()
    text = "a record waits for room in the producer's queue: the brokers do not acknowledge others, since 0 s"
    assert caplog.messages == [text] * 2
    assert caplog.records[0].name == streams_producer.__name__


def test_delivery_reports_are_taken_without_waiting_and_old_partition_counts_are_forgotten() -> None:
    client = Transaction()
    producer = at_least_once(client)
    producer.partition_counts = client  # type: ignore[assignment]
    producer.poll()
    assert client.calls == [("poll", 0), ("forget_old",)]


def test_a_topic_has_the_partitions_below_its_count() -> None:
    producer = at_least_once(SimpleNamespace(partition_count=lambda topic, seconds: (4, None)))
    assert [partition for partition in range(-2, 7) if producer.has_partition("orders", partition)] == [0, 1, 2, 3]


def test_a_client_that_makes_senders_is_left_to_encode_text() -> None:
    client: Any = SimpleNamespace(sender=lambda *given: given)
    assert at_least_once(client).takes_text is True
    assert at_least_once(client).sender("orders", print, 3) == ("orders", print, 3)
    assert at_least_once(client).sender("orders", print) == ("orders", print, 0)
    assert at_least_once(SimpleNamespace(produce=None)).takes_text is False


def test_a_closed_producer_waits_a_second_at_most() -> None:
    client = Transaction()
    at_least_once(client).close()
    assert client.calls == [("purge",), ("flush", 1.0)]


def test_the_partitions_of_a_topic_are_asked_of_the_client_in_its_own_way() -> None:
    missing = KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, "not here")
    found = {"orders": SimpleNamespace(partitions={0: 1, 1: 1}, error=None)}
    found["lost"] = SimpleNamespace(partitions={}, error=missing)
    native = SimpleNamespace(partition_count=lambda topic, s: (s - 6, None) if topic == "orders" else (0, missing))
    plain = SimpleNamespace(
        list_topics=lambda topic, s: SimpleNamespace(topics={topic: found[topic]} if s == 10 else {})
    )
    for client, count in ((native, 4), (plain, 2)):
        assert at_least_once(client).partition_counts["orders"] == count
        with pytest.raises(ProducerError, match="topic 'lost' cannot be written to: not here"):
            at_least_once(client).partition_counts["lost"]


def test_a_fenced_producer_does_not_try_again_even_where_its_client_says_that_it_may() -> None:
    client = Client(KafkaError(KafkaError._FENCED, "fenced", False, True))
    with pytest.raises(ProducerFencedError):
        producer_of(client).abort()
    assert client.calls == ["abort"]
