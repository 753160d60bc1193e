"""How a transactional producer deals with a client whose calls do not succeed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.errors import AccessDeniedError, FencedInstanceIdError, ProducerFencedError, TaskMigratedError
from kstream_cli.runtime.clients import streams_producer
from kstream_cli.runtime.clients.streams_producer import TransactionalProducer
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


def test_trying_again_for_long_is_told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_producer, "WARN_SECONDS", 0)
    client = Client(retriable())
    producer_of(client).abort()
    assert "abort_transaction is tried again" in caplog.text
    assert "the coordinator is away" in caplog.text


def test_when_the_brokers_time_is_up_a_new_producer_is_to_go_on() -> None:
    with pytest.raises(TaskMigratedError, match="abort_transaction does not succeed: the coordinator is away"):
        producer_of(Client(retriable()), seconds=0).abort()


def test_a_client_that_does_not_come_back_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_producer, "CALL_SECONDS", 0)
    monkeypatch.setattr(streams_producer, "GRACE_SECONDS", 0)
    never = threading.Event()
    client = Client()

    def abort_transaction(seconds: float) -> None:
        never.wait()

    client.abort_transaction = abort_transaction  # type: ignore[method-assign]
    with pytest.raises(TaskMigratedError, match="did not come back from abort_transaction"):
        producer_of(client).abort()
    never.set()


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
    error = KafkaError(KafkaError.FENCED_INSTANCE_ID)
    with pytest.raises(FencedInstanceIdError, match=r"same group\.instance\.id"):
        CALLS[call](producer_of(Fenced(call, error)))


@pytest.mark.parametrize("call", CALLS)
def test_what_the_cluster_does_not_allow_is_told_as_such_even_where_it_is_fatal(call: str) -> None:
    error = KafkaError(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "no", True)
    with pytest.raises(AccessDeniedError, match="WRITE on transactional id 'app-1'"):
        CALLS[call](producer_of(Fenced(call, error)))
