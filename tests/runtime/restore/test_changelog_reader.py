"""When a restore is at the end of its changelog."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, Message

from kstream_cli.errors import AccessDeniedError, StreamsError, TaskCorruptedError
from kstream_cli.runtime.restore import changelog_reader
from kstream_cli.runtime.restore.changelog_reader import ChangelogReader
from kstream_cli.runtime.restore.restore_listener import StateRestoreListener
from kstream_cli.task.state_manager import Changelog
from kstream_cli.task.task_id import TaskId

KEY = ("app-counts-changelog", 0)


def end_of_partition(offset: int) -> Message:
    """An event of the consumer: there is nothing more to read at this offset."""
    return Message(topic=KEY[0], partition=KEY[1], offset=offset, error=KafkaError(KafkaError._PARTITION_EOF))


def record(offset: int) -> Message:
    """A record of a topic that serves as changelog."""
    return Message(topic=KEY[0], partition=KEY[1], offset=offset, key=b"", value=b"", timestamp=(1, 0))


class Consumer:
    def __init__(self) -> None:
        self.arrived: list[Any] = []
        self.high = 0

    def consume(self, limit: int, seconds: float) -> list[Any]:
        arrived, self.arrived = self.arrived, []
        return arrived

    def get_watermark_offsets(self, partition: Any, cached: bool) -> tuple[int, int]:
        return 0, self.high

    def incremental_assign(self, partitions: Any) -> None: ...

    def close(self) -> None: ...


class Ends:
    """Every time they are asked, the leaders' answers are still to come."""

    def __init__(self) -> None:
        self.asked: list[Future[Any]] = []

    def ask(self, changelogs: Iterable[Any]) -> dict[Any, Future[Any]]:
        self.asked.append(Future())
        return dict.fromkeys(changelogs, self.asked[-1])

    def told(self, key: Any, answer: Future[Any]) -> int | None:
        if answer.exception() is not None:
            return None
        offset: int = answer.result()
        return offset

    def answer(self, offset: int) -> None:
        self.asked[-1].set_result(offset)


def new_task(*, is_source: bool = False) -> Any:
    restored: list[int] = []
    return SimpleNamespace(
        id=TaskId(0, 0),
        changelogs={"counts": Changelog("counts", *KEY, is_source)},
        restore_from=lambda store: 3,
        stores={"counts": SimpleNamespace(restores_headers=False)},
        restore=lambda store, records, next_offset: restored.append(next_offset),
        restored=restored,
        metrics=SimpleNamespace(restored=lambda store, count, remaining: None),
    )


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture
def reader(consumer: Consumer, ends: Ends) -> ChangelogReader:
    return ChangelogReader(lambda: consumer, ends, StateRestoreListener(), lambda count: None)  # type: ignore[return-value]


def test_a_store_is_restored_at_the_end_that_the_leader_names(
    reader: ChangelogReader, consumer: Consumer, ends: Ends
) -> None:
    task = new_task()
    reader.add(task, {})
    ends.answer(5)
    consumer.arrived = [end_of_partition(5)]
    reader.read(0)
    assert reader.is_restored(task)


def test_a_leader_that_has_just_been_elected_does_not_cut_a_restore_short(
    reader: ChangelogReader, consumer: Consumer, ends: Ends
) -> None:
    """Its fetches end at its old high watermark until the other copies have told it what they hold."""
    task = new_task()
    reader.add(task, {})
    consumer.high = 5
    consumer.arrived = [end_of_partition(5)]
    reader.read(0)
    assert not reader.is_restored(task)
    ends.answer(7)
    reader.read(0)
    assert not reader.is_restored(task)
    consumer.high = 7
    consumer.arrived = [end_of_partition(7)]
    reader.read(0)
    assert reader.is_restored(task)


def test_what_an_open_transaction_holds_back_is_waited_for(
    reader: ChangelogReader, consumer: Consumer, ends: Ends
) -> None:
    task = new_task()
    reader.add(task, {})
    ends.answer(5)
    consumer.high = 9
    consumer.arrived = [end_of_partition(5)]
    reader.read(0)
    assert not reader.is_restored(task)


def test_a_leader_that_cannot_say_is_asked_again(
    reader: ChangelogReader, consumer: Consumer, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changelog_reader, "ASK_AGAIN_SECONDS", 0)
    task = new_task()
    reader.add(task, {})
    ends.asked[-1].set_exception(KafkaException(KafkaError(KafkaError.OFFSET_NOT_AVAILABLE)))
    consumer.arrived = [end_of_partition(5)]
    reader.read(0)
    assert not reader.is_restored(task)
    ends.answer(5)
    reader.read(0)
    assert reader.is_restored(task)


def test_a_source_that_goes_on_being_written_is_restored_to_the_committed_offset_though_that_was_compacted_away(
    reader: ChangelogReader, consumer: Consumer
) -> None:
    task = new_task(is_source=True)
    reader.add(task, {KEY: 10})
    consumer.arrived = [record(5), record(12)]
    reader.read(0)
    assert reader.is_restored(task)
    assert task.restored == [6]


@pytest.mark.parametrize(
    ("offsets", "restored_to", "is_done"),
    [([8, 9, 10], 10, True), ([9, 10, 11], 10, True), ([7, 8], 9, False), ([5, 6, 9], 10, True)],
)
def test_a_source_topic_is_restored_up_to_the_committed_offset_and_no_record_further(
    reader: ChangelogReader, consumer: Consumer, offsets: list[int], restored_to: int, is_done: bool
) -> None:
    task = new_task(is_source=True)
    reader.add(task, {KEY: 10})
    consumer.arrived = [record(offset) for offset in offsets]
    reader.read(0)
    assert (task.restored, reader.is_restored(task)) == ([restored_to], is_done)


def test_what_is_left_is_known_before_the_first_record_is_restored(reader: ChangelogReader, consumer: Consumer) -> None:
    reader.add(new_task(), {})
    consumer.high = 9
    reader.read(0)
    assert [each.remaining for each in reader.restoring] == [6]


def test_a_restore_that_stands_still_says_why(
    reader: ChangelogReader,
    consumer: Consumer,
    ends: Ends,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(changelog_reader, "WARN_SECONDS", 0)
    reader.add(new_task(), {})
    ends.answer(5)
    consumer.high = 9
    consumer.arrived = [end_of_partition(5)]
    for _ in range(2):
        reader.read(0)
    assert "waits at offset 5 of app-counts-changelog-0" in caplog.text
    assert "a transaction of a member that was killed may still be open" in caplog.text


def test_a_store_ahead_of_its_changelog_is_thrown_away_and_what_is_lost_is_told(
    reader: ChangelogReader, ends: Ends
) -> None:
    """Not every broker refuses to be read past its end: one without records just never answers."""
    reader.add(new_task(), {})
    reader.read(0)
    ends.answer(2)
    with pytest.raises(TaskCorruptedError) as thrown:
        reader.read(0)
    assert thrown.value.tasks == (TaskId(0, 0),)
    said = "is as of offset 3 of app-counts-changelog-0, which ends at 2, as after the topic was created again"
    assert said in str(thrown.value)
    assert "what the changelog no longer has is lost" in str(thrown.value)


def test_a_changelog_that_grew_after_its_end_was_told_is_no_reason_to_throw_the_store_away(
    reader: ChangelogReader, consumer: Consumer, ends: Ends
) -> None:
    reader.add(new_task(), {})
    ends.answer(4)
    consumer.arrived = [record(3), record(4), record(5)]
    reader.read(0)
    reader.read(0)


def test_an_offset_that_the_broker_no_longer_has_says_what_is_lost(
    reader: ChangelogReader, consumer: Consumer, ends: Ends
) -> None:
    reader.add(new_task(), {})
    gone = KafkaError(KafkaError._AUTO_OFFSET_RESET)
    consumer.arrived = [Message(topic=KEY[0], partition=KEY[1], offset=3, error=gone)]
    with pytest.raises(TaskCorruptedError, match="what the changelog no longer has is lost"):
        reader.read(0)


def test_a_broker_that_sends_nothing_is_not_waited_for_in_silence(
    reader: ChangelogReader, ends: Ends, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(changelog_reader, "WARN_SECONDS", 0)
    reader.add(new_task(), {})
    for _ in range(2):
        reader.read(0)
    assert "waits at offset 3 of app-counts-changelog-0" in caplog.text
    assert "nothing comes from the broker" in caplog.text


class Listener(StateRestoreListener):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def on_restore_start(self, *told: Any) -> None:
        self.told.append(("start", *told))

    def on_batch_restored(self, *told: Any) -> None:
        self.told.append(("batch", *told))

    def on_restore_end(self, *told: Any) -> None:
        self.told.append(("end", *told))

    def on_restore_suspended(self, *told: Any) -> None:
        self.told.append(("suspended", *told))


class Noting(Consumer):
    """A consumer that notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []

    def incremental_assign(self, partitions: Any) -> None:
        self.calls.append(("assign", [(each.topic, each.partition, each.offset) for each in partitions]))

    def incremental_unassign(self, partitions: Any) -> None:
        self.calls.append(("unassign", [(each.topic, each.partition) for each in partitions]))

    def close(self) -> None:
        self.calls.append("close")


class Restore:
    """A reader with what surrounds it."""

    def __init__(self) -> None:
        self.consumer, self.ends, self.listener = Noting(), Ends(), Listener()
        self.counts: list[int] = []
        self.made = 0
        self.reader = ChangelogReader(self.make, self.ends, self.listener, self.counts.append)

    def make(self) -> Noting:
        self.made += 1
        return self.consumer

    def read(self, *arrived: Message) -> None:
        self.consumer.arrived = list(arrived)
        self.reader.read(0)


def test_a_restore_goes_on_where_its_store_is_and_its_consumer_goes_when_it_is_done() -> None:
    restore, task = Restore(), new_task()
    restore.reader.add(task, {})
    assert not restore.reader.is_restored(task)
    restore.ends.answer(5)
    restore.consumer.high = 5
    restore.read(record(3), record(4))
    assert restore.reader.is_busy
    assert not restore.reader.is_restored(task)
    restore.read(end_of_partition(5))
    assert not restore.reader.is_busy
    assert restore.reader.is_restored(task)
    assert restore.consumer.calls == [("assign", [(*KEY, 3)]), "close"]
    assert restore.listener.told == [
        ("start", *KEY, "counts", 3, 5),
        ("batch", *KEY, "counts", 5, 2),
        ("end", *KEY, "counts", 2),
    ]
    assert (restore.counts, task.restored) == ([2], [5, 5])


def test_a_store_without_an_offset_is_restored_from_the_beginning() -> None:
    restore, task = Restore(), new_task()
    task.restore_from = lambda store: None
    restore.reader.add(task, {})
    assert restore.consumer.calls == [("assign", [(*KEY, changelog_reader.OFFSET_BEGINNING)])]  # type: ignore[attr-defined]


@pytest.mark.parametrize("committed", [{KEY: 3}, {KEY: 2}, {}])
def test_a_source_that_was_read_up_to_the_committed_offset_is_not_read_again(committed: dict[Any, int]) -> None:
    restore, task = Restore(), new_task(is_source=True)
    restore.reader.add(task, committed)
    assert restore.reader.is_restored(task)
    assert (restore.made, restore.consumer.calls) == (0, [])
    restore.reader.read(0)


def test_markers_after_the_last_record_count_as_restored() -> None:
    restore, task = Restore(), new_task()
    restore.reader.add(task, {})
    restore.ends.answer(6)
    restore.read(record(3), record(4))
    restore.read(end_of_partition(6))
    assert task.restored == [5, 6]


def two_stores() -> Any:
    task = new_task()
    task.changelogs["more"] = Changelog("more", "app-more-changelog", 0, False)
    task.stores["more"] = task.stores["counts"]
    return task


def test_a_task_runs_when_all_its_stores_are_restored() -> None:
    restore, task = Restore(), two_stores()
    restore.reader.add(task, {})
    restore.ends.answer(5)
    restore.read(end_of_partition(5))
    assert not restore.reader.is_restored(task)
    assert restore.consumer.calls[1:] == [("unassign", [KEY])]
    more = Message(topic="app-more-changelog", partition=0, offset=5, error=KafkaError(KafkaError._PARTITION_EOF))
    restore.read(more)
    assert restore.reader.is_restored(task)
    assert restore.consumer.calls[2:] == ["close"]


def test_a_task_that_moves_away_is_restored_no_further() -> None:
    restore, task = Restore(), new_task()
    restore.reader.add(task, {})
    restore.read(record(3))
    restore.reader.remove(task)
    assert restore.listener.told[-1] == ("suspended", *KEY, "counts", 1)
    assert restore.consumer.calls[-1] == "close"
    restore.read(record(4))
    assert task.restored == [4]
    restore.reader.remove(task)


def test_another_task_is_restored_on_with_the_same_consumer() -> None:
    restore, task, other = Restore(), new_task(), new_task()
    other.id, other.changelogs = TaskId(0, 1), {"counts": Changelog("counts", KEY[0], 1, False)}
    restore.reader.add(task, {})
    restore.reader.add(other, {})
    restore.reader.remove(task)
    assert restore.made == 1
    assert restore.consumer.calls[1:] == [("assign", [(KEY[0], 1, 3)]), ("unassign", [KEY])]
    restore.read(record(3))
    assert (task.restored, other.restored) == ([], [])


def test_many_restored_records_are_committed_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog_reader, "RECORDS_PER_COMMIT", 2)
    restore, task, commits = Restore(), new_task(), []
    task.commit_restored = lambda: commits.append(len(task.restored))
    restore.reader.add(task, {})
    for offset in range(3, 8):
        restore.read(record(offset))
    assert commits == [2, 4]


def test_a_closed_reader_has_nothing_to_restore_and_no_consumer() -> None:
    restore = Restore()
    restore.reader.close()
    restore.reader.add(new_task(), {})
    restore.reader.close()
    assert restore.consumer.calls[1:] == ["close"]
    assert list(restore.reader.restoring) == []
    restore.reader.close()
    restore.reader.read(0)
    assert restore.consumer.calls[2:] == []


def test_a_changelog_that_is_gone_and_one_that_may_not_be_read_are_told_apart() -> None:
    for code, error, said in (
        (KafkaError.UNKNOWN_TOPIC_OR_PART, StreamsError, "changelog topic 'app-counts-changelog' of store 'counts'"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, AccessDeniedError, "READ on topic 'app-counts-changelog'"),
    ):
        restore = Restore()
        restore.reader.add(new_task(), {})
        with pytest.raises(error, match=said):
            restore.read(Message(topic=KEY[0], partition=KEY[1], offset=3, error=KafkaError(code)))


def test_an_error_that_may_pass_is_told_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    restore, task = Restore(), new_task()
    restore.reader.add(task, {})
    restore.read(Message(topic=KEY[0], partition=KEY[1], offset=3, error=KafkaError(KafkaError._TRANSPORT, "gone")))
    assert "task 0_0: reading app-counts-changelog-0: gone" in caplog.text
    assert not restore.reader.is_restored(task)


def test_events_of_partitions_that_are_not_restored_any_more_are_passed_over() -> None:
    restore, task = Restore(), new_task()
    restore.reader.add(task, {})
    restore.ends.answer(5)
    restore.read(Message(topic="other", partition=0, offset=5, error=KafkaError(KafkaError._PARTITION_EOF)))
    assert not restore.reader.is_restored(task)


def test_an_answer_that_is_still_to_come_is_not_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = Restore()
    restore.reader.add(new_task(), {})
    monkeypatch.setattr(changelog_reader, "ASK_AGAIN_SECONDS", -1)
    restore.read(end_of_partition(5))
    assert len(restore.ends.asked) == 1
    monkeypatch.setattr(changelog_reader, "ANSWER_SECONDS", -1)
    restore.read()
    assert len(restore.ends.asked) == 2


def test_the_ends_of_sources_are_not_asked_for() -> None:
    restore = Restore()
    asked: list[Any] = []
    restore.ends.ask = lambda changelogs: asked.extend(changelogs) or {}  # type: ignore[method-assign]
    restore.reader.add(new_task(is_source=True), {KEY: 9})
    assert asked == []
    restore.read(end_of_partition(5))
    assert list(restore.reader.restoring) == []
