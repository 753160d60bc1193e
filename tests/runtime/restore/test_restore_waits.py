"""What a restore waits for and how long, what it says meanwhile, and what is known of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Message

from kstream_cli.errors import AccessDeniedError, StreamsError, TaskCorruptedError
from kstream_cli.runtime.restore import changelog_reader
from kstream_cli.runtime.restore.changelog_reader import ChangelogReader
from kstream_cli.task.state_manager import Changelog
from kstream_cli.task.task_id import TaskId

KEY = ("changelog", 0)


class Restore:
    """A reader of one store, which is as of offset 3; everything is written down, and time stands still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_source: bool = False, start: int | None = 3) -> None:
        self.now = 1000.0
        monkeypatch.setattr(
            changelog_reader, "time", SimpleNamespace(monotonic=lambda: self.now, time=lambda: self.now)
        )
        self.arrived: list[Message] = []
        self.high: int | None = 0
        self.asked: list[tuple[list[Any], Future[Any]]] = []
        self.calls: list[Any] = []
        self.fetches: list[tuple[int, float]] = []
        call = self.call
        consumer: Any = SimpleNamespace(
            fetch=self.fetch,
            incremental_assign=lambda keys: call("assign", *((key.topic, key.partition, key.offset) for key in keys)),
            incremental_unassign=lambda keys: call("unassign", *((key.topic, key.partition) for key in keys)),
            get_watermark_offsets=self.watermarks,
            close=lambda: call("close"),
        )
        ends: Any = SimpleNamespace(ask=self.ask, told=self.told)
        listener: Any = SimpleNamespace(
            on_restore_start=lambda *told: call("start", *told),
            on_batch_restored=lambda *told: call("batch", *told),
            on_restore_end=lambda *told: call("end", *told),
            on_restore_suspended=lambda *told: call("suspended", *told),
        )
        self.reader = ChangelogReader(lambda: consumer, ends, listener, lambda count: call("restored", count))
        self.task: Any = SimpleNamespace(
            id=TaskId(0, 0),
            changelogs={"store": Changelog("store", *KEY, is_source)},
            restore_from={"store": start}.__getitem__,
            stores={"store": SimpleNamespace(restores_headers=False)},
            restore=lambda store, records, next_offset: call("apply", store, len(list(records)), next_offset),
            commit_restored=lambda: call("commit"),
            metrics=SimpleNamespace(restored=lambda *told: call("measured", *told)),
        )

    def call(self, *call: Any) -> None:
        self.calls.append(call)

    def told(self, key: Any, answer: Future[Any]) -> int | None:
        assert key == KEY
        end: int | None = answer.result()
        return end

    def fetch(self, count: int, seconds: float) -> Any:
        self.fetches.append((count, seconds))
        arrived, self.arrived = self.arrived, []
        records = [each for each in arrived if each.error() is None]
        return ([(KEY, records)] if records else []), [each for each in arrived if each.error() is not None]

    def watermarks(self, partition: Any, cached: bool) -> tuple[int, int]:
        assert (partition.topic, partition.partition, cached) == (*KEY, True)
        if self.high is None:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return 0, self.high

    def ask(self, changelogs: Iterable[Any]) -> dict[Any, Future[Any]]:
        keys, answer = list(changelogs), Future[Any]()
        if not keys:
            return {}
        self.asked.append((keys, answer))
        return dict.fromkeys(keys, answer)

    def read(self, *arrived: Message) -> None:
        self.arrived = list(arrived)
        self.reader.read(0)

    def is_done(self) -> bool:
        return self.reader.is_restored(self.task)


def record(offset: int) -> Message:
    return Message(topic=KEY[0], partition=KEY[1], offset=offset, key=b"", value=b"", timestamp=(1, 0))


def event(code: int, offset: int = 0, text: str = "why") -> Message:
    return Message(topic=KEY[0], partition=KEY[1], offset=offset, error=KafkaError(code, text))


def end_at(offset: int) -> Message:
    return event(KafkaError._PARTITION_EOF, offset)


@pytest.fixture
def restore(monkeypatch: pytest.MonkeyPatch) -> Restore:
    made = Restore(monkeypatch)
    made.reader.add(made.task, {})
    return made


def test_all_that_is_restored_is_told_counted_and_measured(restore: Restore) -> None:
    restore.high = 9
    restore.read(record(4), record(5))
    restore.read(record(6))
    assert restore.calls == [
        ("assign", (*KEY, 3)),
        ("start", *KEY, "store", 4, 9),
        ("apply", "store", 2, 6),
        ("measured", "store", 2, 3),
        ("restored", 2),
        ("batch", *KEY, "store", 6, 2),
        ("apply", "store", 1, 7),
        ("measured", "store", 1, 2),
        ("restored", 1),
        ("batch", *KEY, "store", 7, 1),
    ]
    restore.asked[0][1].set_result(8)
    restore.read(end_at(9))
    assert restore.calls[10:] == [("apply", "store", 0, 9), ("end", *KEY, "store", 3), ("close",)]
    assert restore.is_done()


def test_where_the_end_is_not_known_a_restore_is_told_to_end_where_it_begins(restore: Restore) -> None:
    restore.high = None
    restore.read(record(4))
    assert ("start", *KEY, "store", 4, 4) in restore.calls
    assert ("measured", "store", 1, None) in restore.calls
    assert [each.remaining for each in restore.reader.restoring] == [None]


@pytest.mark.parametrize(("high", "remaining"), [(-1001, None), (0, 0), (1, 1)])
def test_what_is_left_is_told_as_soon_as_a_fetch_has_shown_the_end_be_it_the_beginning(
    monkeypatch: pytest.MonkeyPatch, high: int, remaining: int | None
) -> None:
    restore = Restore(monkeypatch, start=None)
    restore.reader.add(restore.task, {})
    restore.high = high
    restore.read()
    assert [each.remaining for each in restore.reader.restoring] == [remaining]


def test_a_store_that_has_all_of_its_changelog_is_restored_without_a_word(restore: Restore) -> None:
    restore.asked[0][1].set_result(3)
    restore.high = 3
    restore.read(end_at(3))
    assert restore.calls == [("assign", (*KEY, 3)), ("apply", "store", 0, 3), ("close",)]
    assert restore.is_done()


@pytest.mark.parametrize("start", [None, 0])
def test_an_empty_changelog_is_restored_at_its_end(monkeypatch: pytest.MonkeyPatch, start: int | None) -> None:
    restore = Restore(monkeypatch, start=start)
    restore.reader.add(restore.task, {})
    restore.asked[0][1].set_result(0)
    restore.read(end_at(0))
    assert restore.calls == [("assign", (*KEY, OFFSET_BEGINNING)), ("apply", "store", 0, 0), ("close",)]
    assert restore.is_done()


def test_the_end_that_the_leader_told_is_not_taken_back_by_an_earlier_one_of_a_fetch(restore: Restore) -> None:
    restore.asked[0][1].set_result(7)
    restore.high = 5
    restore.read(end_at(5))
    assert not restore.is_done()
    assert [(each.position, each.end, each.remaining) for each in restore.reader.restoring] == [(5, 7, 2)]
    restore.read(end_at(7))
    assert restore.is_done()


def test_an_event_at_an_earlier_offset_does_not_take_a_restore_back(restore: Restore) -> None:
    restore.read(record(3), record(4))
    restore.read(end_at(4))
    assert [each.position for each in restore.reader.restoring] == [5]


def test_a_leader_that_cannot_tell_is_asked_again_after_half_a_second_and_not_before(restore: Restore) -> None:
    restore.asked[0][1].set_result(None)
    restore.now += 0.5
    restore.read(end_at(5))
    assert len(restore.asked) == 1
    restore.now += 0.01
    restore.read()
    assert [keys for keys, _ in restore.asked] == [[KEY], [KEY]]
    restore.now += 0.5
    restore.asked[1][1].set_result(None)
    restore.read()
    assert len(restore.asked) == 2
    restore.now += 0.01
    restore.read()
    restore.asked[2][1].set_result(5)
    restore.read()
    assert restore.is_done()


def test_an_answer_is_waited_for_six_seconds(restore: Restore) -> None:
    restore.now += 5.99
    restore.read(end_at(5))
    assert len(restore.asked) == 1
    restore.now += 0.01
    restore.read()
    assert len(restore.asked) == 2


def test_where_nobody_could_be_asked_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = Restore(monkeypatch)
    ask = restore.ask
    restore.reader._ends.ask = lambda changelogs: ask(changelogs) and {}
    restore.reader.add(restore.task, {})
    restore.now += 0.51
    restore.read(end_at(5))
    assert len(restore.asked) == 2
    assert not restore.is_done()


REASONS: dict[str, Any] = {
    "nothing comes from the broker": lambda restore: restore.read(),
    "nobody can tell where it ends": lambda restore: restore.read(end_at(3)),
    "it ends at 9: a transaction of a member that was killed may still be open": lambda restore: (
        restore.asked[0][1].done() or restore.asked[0][1].set_result(9),
        restore.read(end_at(3)),
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_restore_that_stands_still_says_so_every_fifteen_seconds(
    restore: Restore, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    for seconds in (0, 15, 0.1, 15, 0.1):
        restore.now += seconds
        REASONS[reason](restore)
    assert caplog.messages == [
        f"task 0_0: restoring store store waits at offset 3 of changelog-0, since {seconds} s; {reason}"
        for seconds in (15, 30)
    ]


def test_a_restore_that_goes_on_has_the_time_anew(restore: Restore, caplog: pytest.LogCaptureFixture) -> None:
    restore.read()
    restore.now += 15
    restore.read(record(3))
    restore.now += 15
    restore.read()
    assert caplog.messages == []
    restore.now += 0.1
    restore.read()
    assert caplog.messages[0].startswith("task 0_0: restoring store store waits at offset 4 of changelog-0, since 15 s")


def test_a_store_that_is_ahead_is_found_out_before_its_first_record_and_not_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for end, records in ((3, []), (2, [record(3)])):
        restore = Restore(monkeypatch)
        restore.reader.add(restore.task, {})
        restore.asked[0][1].set_result(end)
        restore.read(*records)
        restore.read()
    restore = Restore(monkeypatch)
    restore.reader.add(restore.task, {})
    restore.asked[0][1].set_result(2)
    with pytest.raises(TaskCorruptedError, match=r"as of offset 3 of changelog-0, which ends at 2, as after"):
        restore.read()


@pytest.mark.parametrize("start", [None, 0, 3])
def test_a_source_of_which_nothing_is_committed_is_not_read(monkeypatch: pytest.MonkeyPatch, start: int | None) -> None:
    restore = Restore(monkeypatch, is_source=True, start=start)
    restore.reader.add(restore.task, {})
    assert (restore.is_done(), restore.calls) == (True, [])


def test_a_source_that_is_read_up_to_its_commit_is_never_taken_for_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = Restore(monkeypatch, is_source=True)
    restore.reader.add(restore.task, {KEY: 9})
    assert restore.asked == []
    assert [each.remaining for each in restore.reader.restoring] == [6]
    restore.now += 100
    restore.read()
    assert restore.asked == []


def test_what_a_source_has_past_its_commit_is_left_out_also_where_it_is_all_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    restore = Restore(monkeypatch, is_source=True)
    restore.reader.add(restore.task, {KEY: 9})
    restore.high = 20
    restore.read(record(9), record(10))
    assert restore.calls[1:] == [("start", *KEY, "store", 3, 9), ("close",)]
    assert restore.is_done()


@pytest.mark.parametrize(
    "code",
    [KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION],
)
def test_a_changelog_that_is_gone_ends_the_thread(restore: Restore, code: int) -> None:
    with pytest.raises(StreamsError) as thrown:
        restore.read(event(code))
    assert str(thrown.value) == (
        "task 0_0: changelog topic 'changelog' of store 'store' does not exist (any more): without it the state cannot "
        "be restored"
    )


@pytest.mark.parametrize("code", [KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE])
def test_an_offset_that_the_broker_does_not_have_costs_the_local_copy(restore: Restore, code: int) -> None:
    with pytest.raises(TaskCorruptedError) as thrown:
        restore.read(event(code))
    assert thrown.value.tasks == (TaskId(0, 0),)
    assert str(thrown.value).startswith(
        "task 0_0: store 'store' is as of offset 3 of changelog-0, which the broker does not have, as after the topic "
        "was created again: its local copy is deleted"
    )
    assert str(thrown.value).endswith("of the changelog; what the changelog no longer has is lost")


def test_a_changelog_that_may_not_be_read_names_the_right_that_is_missing(restore: Restore) -> None:
    with pytest.raises(AccessDeniedError, match="READ on topic 'changelog'"):
        restore.read(event(KafkaError.TOPIC_AUTHORIZATION_FAILED))


def test_the_log_says_what_is_restored_and_how_much_it_was(restore: Restore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    restore.high = 5
    restore.asked[0][1].set_result(5)
    restore.read(record(3), record(4))
    restore.read(end_at(5))
    assert caplog.messages == [
        "task 0_0: restoring store store from changelog-0, offsets 3 to 5",
        "task 0_0: store store is restored, 2 records",
    ]


def test_a_restore_that_is_broken_off_is_told_with_what_was_restored(restore: Restore) -> None:
    restore.read(record(3))
    restore.calls.clear()
    restore.reader.remove(restore.task)
    assert restore.calls == [("suspended", *KEY, "store", 1), ("close",)]
    assert restore.is_done()
    restore.reader.remove(restore.task)
    assert len(restore.calls) == 2


def test_records_are_committed_on_the_way_each_time_that_there_are_200000(
    restore: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert changelog_reader.RECORDS_PER_COMMIT == 200_000
    monkeypatch.setattr(changelog_reader, "RECORDS_PER_COMMIT", 3)
    for offset in range(3, 11):
        restore.read(record(offset))
    committed = [call for call in restore.calls if call[0] in ("apply", "commit")]
    assert [number for number, call in enumerate(committed) if call[0] == "commit"] == [3, 7]


def test_a_thread_knows_whether_more_may_come_at_once(restore: Restore) -> None:
    assert restore.reader.is_busy is False
    restore.read(record(3))
    assert restore.reader.is_busy is True
    restore.read()
    assert restore.reader.is_busy is False
    restore.read(record(4))
    restore.reader.remove(restore.task)
    restore.read()
    assert restore.reader.is_busy is False


def test_a_batch_is_waited_for_as_long_as_the_thread_has_time(restore: Restore) -> None:
    restore.reader.read(0.25)
    assert restore.fetches == [(changelog_reader.BATCH, 0.25)]  # type: ignore[attr-defined]


def test_what_may_pass_is_told_and_changes_nothing(restore: Restore, caplog: pytest.LogCaptureFixture) -> None:
    restore.read(event(KafkaError._TRANSPORT, text="away"))
    assert caplog.messages == ["task 0_0: reading changelog-0: away"]
    assert not restore.is_done()
