"""Which record of a task's partitions is next, and when the task waits for a partition that has none."""

from __future__ import annotations

from typing import Any

import pytest

from kstream_cli.errors import StateError
from kstream_cli.processor.code import Written
from kstream_cli.processor.extractors import fail_on_invalid_timestamp
from kstream_cli.task.partition_group import NEVER_WAIT, PartitionGroup
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.testing.raw_record import ConsumedRecord


def queue_of(topic: str, *, extractor: Any = fail_on_invalid_timestamp) -> RecordQueue:
    def raise_error(source: str, record: Any, error: Exception) -> None:
        raise error

    return RecordQueue(
        topic,
        0,
        source="source",
        written=Written.call("source", lambda key, value, timestamp, headers: None),
        read_key=bytes.decode,
        read_value=bytes.decode,
        extractor=extractor,
        on_decode_failed=raise_error,
        on_negative_timestamp=lambda record: None,
    )


class Group:
    """A group of partitions with a broker that says what it has more of them, and writes down of which it is asked."""

    def __init__(self, *topics: str, max_idle_ms: int = 100, extractor: Any = fail_on_invalid_timestamp) -> None:
        self.lags: dict[str, int | None] = dict.fromkeys(topics, 0)
        self.asked: list[tuple[str, int]] = []
        self.group = PartitionGroup(
            [queue_of(topic, extractor=extractor) for topic in topics], max_idle_ms=max_idle_ms, lag=self.lag
        )
        self.offsets = dict.fromkeys(topics, 0)

    def lag(self, topic: str, partition: int) -> int | None:
        self.asked.append((topic, partition))
        return self.lags[topic]

    def add(self, topic: str, *times: int) -> int:
        """Add records stamped with these times; how many the partition has then."""
        records = []
        for time in times:
            records.append(ConsumedRecord(topic, b"", str(time).encode(), time, offset=self.offsets[topic]))
            self.offsets[topic] += 1
        return self.group.add(topic, 0, records)

    def take(self) -> str | None:
        """The next record is processed."""
        queue = self.group.head()
        if queue is None:
            return None
        taken = f"{queue.topic}{queue.value}"
        self.group.advance()
        return taken

    def take_all(self) -> list[str]:
        return list(iter(self.take, None))


def test_the_record_with_the_smallest_timestamp_is_next_whatever_its_partition() -> None:
    under_test = Group("a", "b", "c")
    under_test.add("a", 2, 7)
    under_test.add("b", 5)
    under_test.add("c", 1, 3)
    assert under_test.take_all() == ["c1", "a2", "c3", "b5", "a7"]


def test_records_of_one_partition_keep_their_order_whatever_their_timestamps() -> None:
    under_test = Group("a", "b")
    under_test.add("a", 9, 1)
    under_test.add("b", 5)
    assert under_test.take_all() == ["b5", "a9", "a1"]


def test_records_that_come_later_are_ordered_with_those_that_are_there() -> None:
    under_test = Group("a", "b")
    under_test.add("a", 4)
    under_test.add("b", 3)
    under_test.add("a", 5)
    under_test.add("b", 1)
    assert under_test.take_all() == ["b3", "b1", "a4", "a5"]


def test_a_partition_that_ran_empty_is_ordered_anew() -> None:
    under_test = Group("a", "b")
    under_test.add("a", 1)
    under_test.add("b", 3)
    assert under_test.take() == "a1"
    under_test.add("a", 2)
    assert under_test.take_all() == ["a2", "b3"]


def test_a_partition_tells_how_many_records_it_has() -> None:
    under_test = Group("a", "b")
    assert under_test.add("a", 1, 2) == 2
    assert under_test.add("a", 3) == 3
    assert under_test.add("b", 1) == 1
    assert (under_test.group.buffered("a", 0), under_test.group.buffered("b", 0)) == (3, 1)
    assert under_test.group.total_buffered() == 4


def test_a_partition_that_is_none_of_the_tasks_is_refused_and_those_that_are_named() -> None:
    under_test = Group("a", "b")
    with pytest.raises(StateError, match=r"^c-0 is no input of this task: a-0, b-0$"):
        under_test.group.add("c", 0, [])
    with pytest.raises(StateError, match=r"^a-1 is no input of this task: a-0, b-0$"):
        under_test.group.add("a", 1, [])


def test_without_records_there_is_none_to_take_next() -> None:
    under_test = Group("a", "b")
    assert under_test.group.head() is None
    assert not under_test.group.ready(0)
    under_test.add("a")
    assert under_test.group.head() is None


def test_a_single_partition_needs_no_order_and_nothing_is_decoded_ahead() -> None:
    under_test = Group("a")
    queue = under_test.group.only
    assert queue is under_test.group.queues["a", 0]
    assert not under_test.group.ready(0)
    under_test.add("a", 5, 3)
    assert under_test.group.ready(0) is True
    assert (queue.record, under_test.group.head()) == (None, None)
    assert under_test.asked == []


def test_several_partitions_have_no_only_one() -> None:
    assert Group("a", "b").group.only is None


def test_nobody_is_waited_for_while_all_partitions_have_records() -> None:
    under_test = Group("a", "b")
    under_test.add("a", 1)
    under_test.add("b", 1)
    assert under_test.group.ready(0)
    assert (under_test.asked, under_test.group.enforced) == ([], 0)


def test_with_minus_one_nobody_is_waited_for_and_the_broker_is_not_asked() -> None:
    assert NEVER_WAIT == -1
    under_test = Group("a", "b", max_idle_ms=NEVER_WAIT)
    assert not under_test.group.ready(0)
    under_test.lags["b"] = 7
    under_test.add("a", 1)
    assert under_test.group.ready(0)
    assert (under_test.asked, under_test.group.enforced) == ([], 0)


@pytest.mark.parametrize("lag", [None, 1, 7])
def test_records_that_the_broker_has_or_may_have_are_waited_for_however_long_it_takes(lag: int | None) -> None:
    under_test = Group("a", "b", max_idle_ms=0)
    under_test.lags["b"] = lag
    under_test.add("a", 1)
    assert not under_test.group.ready(0)
    assert not under_test.group.ready(1_000_000)
    assert under_test.asked == [("b", 0)] * 2
    assert under_test.group.enforced == 0


def test_a_partition_without_records_anywhere_is_not_waited_for_with_zero() -> None:
    under_test = Group("a", "b", max_idle_ms=0)
    under_test.add("a", 1)
    assert under_test.group.ready(5)
    assert under_test.group.enforced == 1


def test_a_partition_without_records_anywhere_is_waited_for_max_task_idle_ms_and_no_longer() -> None:
    under_test = Group("a", "b", max_idle_ms=100)
    under_test.add("a", 1)
    assert under_test.group.ready(1000) is False
    assert under_test.group.ready(1099) is False
    assert under_test.group.enforced == 0
    assert under_test.group.ready(1100)
    assert under_test.group.ready(1101)
    assert under_test.group.enforced == 2


@pytest.mark.parametrize("lag", [None, 3])
def test_the_wait_begins_anew_when_the_broker_had_more_meanwhile(lag: int | None) -> None:
    under_test = Group("a", "b", max_idle_ms=100)
    under_test.add("a", 1)
    under_test.group.ready(1000)
    under_test.lags["b"] = lag
    under_test.group.ready(1050)
    under_test.lags["b"] = 0
    assert not under_test.group.ready(1100)
    assert not under_test.group.ready(1199)
    assert under_test.group.ready(1200)


def test_the_wait_begins_anew_after_the_partition_had_a_record_while_others_had_none() -> None:
    under_test = Group("a", "b", "c", max_idle_ms=100)
    under_test.add("a", 1)
    under_test.group.ready(1000)
    under_test.add("b", 1)
    under_test.group.ready(1050)
    assert [under_test.take(), under_test.take()] == ["a1", "b1"]
    under_test.add("a", 2)
    assert not under_test.group.ready(1100)
    assert not under_test.group.ready(1199)
    assert under_test.group.ready(1200)


def test_the_wait_begins_anew_after_all_partitions_had_records() -> None:
    under_test = Group("a", "b", max_idle_ms=100)
    under_test.add("a", 1, 3)
    under_test.group.ready(1000)
    under_test.add("b", 2)
    assert under_test.group.ready(1050)
    assert [under_test.take(), under_test.take()] == ["a1", "b2"]
    assert not under_test.group.ready(1100)
    assert not under_test.group.ready(1199)
    assert under_test.group.ready(1200)


def test_each_empty_partition_is_waited_for() -> None:
    under_test = Group("a", "b", "c", max_idle_ms=100)
    under_test.add("a", 1)
    under_test.lags["c"] = 1
    assert not under_test.group.ready(1000)
    assert not under_test.group.ready(1100)
    under_test.lags["c"] = 0
    assert not under_test.group.ready(1150)
    assert under_test.group.ready(1250)
    assert under_test.group.enforced == 1


def test_the_one_partition_with_records_is_released_with_its_head_among_its_messages() -> None:
    under_test = Group("a", "b")
    under_test.add("b", 4, 2)
    queue = under_test.group.release_alone()
    assert queue is under_test.group.queues["b", 0]
    assert [record.value() for record in queue.messages] == [b"4", b"2"]
    assert under_test.group.head() is None
    under_test.group.take_back(queue)
    under_test.add("a", 3)
    assert under_test.take_all() == ["a3", "b4", "b2"]


def test_nothing_is_released_where_none_or_several_have_records() -> None:
    under_test = Group("a", "b")
    assert under_test.group.release_alone() is None
    under_test.add("a", 1)
    under_test.add("b", 2)
    assert under_test.group.release_alone() is None
    assert under_test.take_all() == ["a1", "b2"]


def test_a_record_whose_timestamp_a_user_extracts_is_not_released_to_be_stamped_twice() -> None:
    under_test = Group("a", "b", extractor=lambda record, key, value, partition_time: record.timestamp()[1])
    under_test.add("a", 1)
    assert under_test.group.release_alone() is None
    assert under_test.take_all() == ["a1"]


def test_a_released_partition_that_was_emptied_waits_for_records_again() -> None:
    under_test = Group("a", "b")
    under_test.add("a", 1)
    queue = under_test.group.release_alone()
    assert queue is not None
    queue.messages.clear()
    under_test.group.take_back(queue)
    assert under_test.group.head() is None
    under_test.add("a", 2)
    assert under_test.take_all() == ["a2"]


def test_a_cleared_group_has_no_records_and_has_waited_for_nobody() -> None:
    under_test = Group("a", "b", max_idle_ms=100)
    under_test.add("a", 1, 2)
    under_test.group.ready(1000)
    under_test.group.clear()
    assert (under_test.group.head(), under_test.group.total_buffered()) == (None, 0)
    under_test.add("a", 3)
    assert not under_test.group.ready(1100)
    assert under_test.take_all() == ["a3"]


def test_empty_partitions_are_named_while_records_of_others_wait_for_them() -> None:
    under_test = Group("a", "b", "c")
    assert under_test.group.waits_for() == ()
    under_test.add("b", 1)
    assert under_test.group.waits_for() == (("a", 0), ("c", 0))
    under_test.add("a", 1)
    under_test.add("c", 1)
    assert under_test.group.waits_for() == ()


def test_where_nobody_is_waited_for_none_is_named() -> None:
    without_waiting = Group("a", "b", max_idle_ms=NEVER_WAIT)
    without_waiting.add("a", 1)
    alone = Group("a")
    alone.add("a", 1)
    assert without_waiting.group.waits_for() == alone.group.waits_for() == ()
