"""The global thread: from where its stores are filled, up to where, what is noted of it, and who writes to them."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Message

from kstream_cli.errors import AccessDeniedError, StreamsError
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.runtime.threads import global_thread
from kstream_cli.runtime.threads.global_thread import CHECKPOINT, GlobalThread
from kstream_cli.state.disk.store_folder import OWN_FOLDER


class Task:
    """Notes who commits and who writes."""

    def __init__(self) -> None:
        self.positions: dict[Any, int] = {}
        self.done: list[tuple[str, str]] = []

    def open(self) -> None: ...
    def close(self) -> None: ...

    def resumable(self, positions: Any) -> Any:
        return positions

    def commit(self) -> None:
        self.done.append(("commit", threading.current_thread().name))

    def update(self, topic: str, record: Any) -> None:
        self.done.append(("update", threading.current_thread().name))


class Consumer:
    """Has one record, and nothing more."""

    def __init__(self) -> None:
        self.batches: list[Any] = [([(("t", 0), ["record"])], [])]
        self.is_empty = threading.Event()

    def assign(self, partitions: Any) -> None: ...
    def close(self) -> None: ...

    def fetch(self, count: int, seconds: float) -> Any:
        if self.batches:
            return self.batches.pop()
        self.is_empty.set()
        return [], []


def test_the_thread_that_goes_on_commits_before_its_first_record(tmp_path: Path) -> None:
    task, consumer, errors = Task(), Consumer(), []
    thread = GlobalThread(
        "global",
        task,
        consumer=consumer,
        partitions=[],
        directory=tmp_path,
        commit_seconds=60,
        on_error=errors.append,
    )
    thread.fill()
    thread.start()
    assert consumer.is_empty.wait(10)
    thread.stop()
    thread.join()
    here = threading.current_thread().name
    assert task.done == [("commit", here), ("commit", "global"), ("update", "global"), ("commit", "global")]
    assert errors == []


ZERO, ONE = ("t", 0), ("t", 1)


class Stores:
    """A global thread whose task and consumer write what is asked of them into one list."""

    def __init__(self, directory: Path) -> None:
        self.calls: list[Any] = []
        self.fetches: list[Any] = []
        """What the consumer fetches, turn by turn; after the last one the thread is stopped."""
        self.highs: dict[Any, int | KafkaException] = {}
        self.directory = directory
        self.checkpoint = directory / CHECKPOINT
        self.failed_commit: Exception | None = None
        self.errors: list[BaseException] = []
        note = self.note
        self.task: Any = SimpleNamespace(
            positions={},
            open=lambda: note("open"),
            close=lambda: note("close"),
            resumable=lambda noted: noted,
            commit=self.commit,
            restore=lambda topic, partition, run, end: note("restore", topic, partition, len(run), end),
            update=lambda topic, record: note("update", topic, record.offset()),
        )
        consumer: Any = SimpleNamespace(
            assign=lambda keys: note("assign", *((key.topic, key.partition, key.offset) for key in keys)),
            seek=lambda key: note("seek", key.topic, key.partition, key.offset),
            close=lambda: note("close consumer"),
            get_watermark_offsets=self.watermarks,
            fetch=lambda count, seconds: self.fetch(),
        )
        self.thread = GlobalThread(
            "global",
            self.task,
            consumer=consumer,
            partitions=[ZERO, ONE],
            directory=directory,
            commit_seconds=10,
            on_error=self.errors.append,
        )

    def note(self, *call: Any) -> None:
        self.calls.append(call)

    def commit(self) -> None:
        self.note("commit")
        if self.failed_commit is not None:
            raise self.failed_commit

    def watermarks(self, key: Any, seconds: float) -> tuple[int, int]:
        high = self.highs[key.topic, key.partition]
        if isinstance(high, KafkaException):
            raise high
        return 3, high

    def fetch(self) -> Any:
        fetched = self.fetches.pop(0)
        if not self.fetches:
            self.thread.stop()
        return fetched

    def noted(self, *positions: Any) -> None:
        self.checkpoint.write_text(json.dumps([[*key, offset] for key, offset in positions]))

    def fill(self, *fetches: Any) -> list[Any]:
        self.fetches = [*fetches, ([], [])]
        self.thread.fill()
        return self.calls


@pytest.fixture
def stores(tmp_path: Path) -> Any:
    made = Stores(tmp_path)
    yield made
    made.thread.close()


def run_of(key: Any, *offsets: int) -> Any:
    return key, [Message(topic=key[0], partition=key[1], offset=offset) for offset in offsets]


def event(key: Any, code: int) -> Message:
    return Message(topic=key[0], partition=key[1], offset=0, error=KafkaError(code, "why"))


def end_of(key: Any) -> Message:
    return event(key, KafkaError._PARTITION_EOF)


def test_stores_are_filled_to_the_end_of_each_partition_then_committed_and_it_is_noted_where(stores: Stores) -> None:
    stores.task.positions = {ZERO: 8}
    calls = stores.fill(
        ([run_of(ZERO, 5, 7)], [end_of(ZERO)]), ([run_of(ZERO, 8, 9), run_of(ONE, 1)], []), ([], [end_of(ONE)])
    )
    assert calls == [
        ("open",),
        ("assign", ("t", 0, OFFSET_BEGINNING), ("t", 1, OFFSET_BEGINNING)),
        ("restore", "t", 0, 2, 8),
        ("update", "t", 8),
        ("update", "t", 9),
        ("restore", "t", 1, 1, 2),
        ("commit",),
    ]
    assert json.loads(stores.checkpoint.read_text()) == [["t", 0, 8]]


@pytest.mark.parametrize("offset", [3, 9])
def test_a_fill_goes_on_from_where_it_was_noted_as_long_as_the_topic_reaches_there(stores: Stores, offset: int) -> None:
    stores.highs = {ZERO: 9}
    stores.noted((ZERO, offset))
    assert stores.fill()[1] == ("assign", ("t", 0, offset), ("t", 1, OFFSET_BEGINNING))
    assert stores.task.positions == {ZERO: offset}


@pytest.mark.parametrize("offset", [2, 10])
def test_stores_that_a_topic_does_not_reach_are_deleted_and_filled_from_the_beginning(
    stores: Stores, offset: int, caplog: pytest.LogCaptureFixture
) -> None:
    own = stores.directory / OWN_FOLDER / "store"
    own.mkdir(parents=True)
    stores.highs = {ONE: 9, ZERO: 9}
    stores.noted((ONE, 5), (ZERO, offset))
    assert stores.fill()[1] == ("assign", ("t", 0, OFFSET_BEGINNING), ("t", 1, OFFSET_BEGINNING))
    assert stores.task.positions == {}
    assert not own.exists()
    assert f"as of offset {offset} of t-0, which has 3 to 9" in caplog.text


def test_a_topic_whose_end_nobody_tells_is_taken_to_reach_far_enough(stores: Stores) -> None:
    stores.highs = {ZERO: KafkaException(KafkaError(KafkaError._TIMED_OUT, "away")), ONE: 9}
    stores.noted((ZERO, 100), (ONE, 9))
    assert stores.fill()[1] == ("assign", ("t", 0, 100), ("t", 1, 9))


@pytest.mark.parametrize("text", ["", "{", "5", '[["t", 0]]', '[["t", "x", 1]]'])
def test_a_note_that_makes_no_sense_is_none(stores: Stores, text: str) -> None:
    stores.checkpoint.write_text(text)
    assert stores.fill()[1] == ("assign", ("t", 0, OFFSET_BEGINNING), ("t", 1, OFFSET_BEGINNING))


def test_a_commit_that_fails_leaves_the_note_as_it_was(stores: Stores) -> None:
    stores.fill()
    before = stores.checkpoint.read_text()
    stores.task.positions = {ZERO: 8}
    stores.failed_commit = OSError("the disk is full")
    with pytest.raises(OSError, match="full"):
        stores.thread._commit()
    assert stores.checkpoint.read_text() == before


def test_a_note_is_replaced_as_a_whole(stores: Stores) -> None:
    stores.fill()
    older = stores.directory / "older"
    older.hardlink_to(stores.checkpoint)
    stores.task.positions = {ZERO: 8}
    stores.thread._commit()
    assert (older.read_text(), stores.checkpoint.read_text()) == ("[]", '[["t", 0, 8]]')


def test_records_are_committed_with_every_interval_and_the_last_ones_at_the_end(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([100, 109, 110, 110, 111])
    monkeypatch.setattr(global_thread, "time", SimpleNamespace(monotonic=lambda: next(times)))
    stores.fetches = [([run_of(ZERO, offset)], []) for offset in (5, 6, 7)]
    stores.thread.run()
    update = [("update", "t", offset) for offset in (5, 6, 7)]
    commit = ("commit",)
    assert stores.calls == [commit, *update[:2], commit, update[2], commit, ("close",), ("close consumer",)]
    assert stores.errors == []


def test_a_thread_that_ends_gives_its_directory_up(stores: Stores) -> None:
    stores.fill()
    stores.thread.close()
    lock = StateLock(stores.directory)
    lock.acquire()
    lock.release()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, AccessDeniedError),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, StreamsError),
        (KafkaError._UNKNOWN_TOPIC, StreamsError),
    ],
)
def test_a_topic_that_cannot_be_read_ends_the_thread(stores: Stores, code: int, error: type[Exception]) -> None:
    stores.fetches = [([], [event(ZERO, code)])]
    stores.thread.run()
    assert isinstance(stores.errors[0], error)
    assert stores.calls == [("commit",), ("close",), ("close consumer",)]


@pytest.mark.parametrize("code", [KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE])
def test_records_that_are_gone_have_a_partition_read_from_its_beginning(stores: Stores, code: int) -> None:
    stores.fetches = [([], [event(ONE, code), event(ZERO, KafkaError._TRANSPORT), end_of(ZERO)])]
    stores.thread.run()
    assert stores.calls[1:3] == [("seek", "t", 1, OFFSET_BEGINNING), ("commit",)]
    assert stores.errors == []
