"""What a commit sends to the broker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.errors import FencedInstanceIdError, TaskMigratedError
from kstream_cli.runtime.clients.streams_producer import StreamsProducer, TransactionalProducer
from kstream_cli.runtime.threads import committer as committer_module
from kstream_cli.runtime.threads.committer import Committer
from kstream_cli.task.task_id import TaskId


class Client:
    """A producer's client that notes the offsets in each transaction."""

    def __init__(self) -> None:
        self.offsets: list[list[tuple[str, int, int]]] = []

    def flush(self, seconds: float) -> int:
        return 0

    def begin_transaction(self) -> None: ...

    def send_offsets_to_transaction(self, offsets: list[Any], metadata: bytes, seconds: float) -> None:
        self.offsets.append([(each.topic, each.partition, each.offset) for each in offsets])

    def commit_transaction(self, seconds: float) -> None: ...


def new_task(offsets: list[dict[Any, Any]]) -> Any:
    return SimpleNamespace(
        id=TaskId(0, 0),
        inputs=(("events", 0),),
        changelogs={},
        commit_needed=True,
        prepare_commit=lambda positions: offsets.pop(0),
        check_sends=lambda: None,
        post_commit=lambda ends, offsets: None,
    )


def test_a_transaction_of_punctuations_alone_carries_the_last_offsets_so_that_a_zombies_is_refused() -> None:
    client = Client()
    member = SimpleNamespace(consumer_group_metadata=lambda: b"CGMDv2:\x01\0\0\0app\0member\0\1")
    ends = SimpleNamespace(take=dict, list=lambda changelogs: None)
    producer = TransactionalProducer(
        client, timeout_seconds=1, stopping=lambda: False, transaction_seconds=1, transactional_id="app-1"
    )
    committer = Committer(member, producer, ends, timeout_seconds=1, on_commit=lambda seconds: None)
    task = new_task([{("events", 0): (7, "")}, {}])
    committer.commit([task], {})
    committer.commit([task], {})
    assert client.offsets == [[("events", 0, 7)], [("events", 0, 7)]]


class Refusing:
    """A consumer whose commits are refused with this error."""

    def __init__(self, code: int) -> None:
        self._code = code

    def commit(self, offsets: Any, asynchronous: bool) -> None:
        raise KafkaException(KafkaError(self._code))


def committer_of(consumer: Any) -> Committer:
    producer = StreamsProducer(Client(), timeout_seconds=1, stopping=lambda: False)
    ends = SimpleNamespace(take=dict, list=lambda changelogs: None)
    return Committer(consumer, producer, ends, timeout_seconds=60, on_commit=lambda seconds: None)


@pytest.mark.parametrize("code", [KafkaError.FENCED_INSTANCE_ID, KafkaError._FATAL])
def test_a_member_of_which_there_is_a_later_one_learns_it_from_its_commit(code: int) -> None:
    with pytest.raises(FencedInstanceIdError):
        committer_of(Refusing(code)).commit([new_task([{("events", 0): (7, "")}])], {})


def test_a_last_commit_that_nobody_takes_is_given_up_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer_module, "LAST_COMMIT_SECONDS", 0)
    with pytest.raises(TaskMigratedError, match="rebalanc"):
        committer_of(Refusing(KafkaError.REBALANCE_IN_PROGRESS)).commit_last(
            [new_task([{("events", 0): (7, "")}] * 2)], {}
        )


def test_a_commit_long_after_one_that_was_given_up_has_its_full_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(committer_module, "time", SimpleNamespace(monotonic=lambda: now[0], time=lambda: now[0]))
    committer = committer_of(Refusing(KafkaError.REBALANCE_IN_PROGRESS))
    assert not committer.commit([new_task([{("events", 0): (7, "")}])], {})
    assert committer.commit([], {})
    now[0] = 3_600.0
    assert not committer.commit([new_task([{("events", 0): (7, "")}])], {})
