"""Which offset of a partition is committed: where it goes on after a restart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli.task.commit_metadata import decode, encode
from kstream_cli.task.committed_offsets import CommittedOffsets

IN = ("in", 0)


class Queue(list[Any]):
    """The buffered records of one partition, and how far it is processed."""

    def __init__(self, buffered: int, processed_to: int | None, failed_at: int | None = None) -> None:
        super().__init__([None] * buffered)
        self.processed_to, self.failed_at, self.partition_time = processed_to, failed_at, 7

    def next_offset(self) -> int | None:
        return self.processed_to


def offset(queue: Queue, position: int | None) -> int | None:
    """What is committed where the consumer stands at `position`."""
    offsets = CommittedOffsets(SimpleNamespace(metadata={}, stream_time=-1))
    positions = {} if position is None else {IN: position}
    found = offsets.next(SimpleNamespace(queues={IN: queue}), positions)
    return found[IN][0] if found else None


@pytest.mark.parametrize(
    ("buffered", "processed_to", "failed_at", "position", "committed"),
    [
        pytest.param(0, 5, None, 9, 9, id="records that a consumer is not shown are passed"),
        pytest.param(2, 5, None, 9, 5, id="what is buffered is not done yet"),
        pytest.param(0, 5, 5, 9, 5, id="a record that failed is not passed"),
        pytest.param(0, 5, None, None, 5, id="the consumer's position is not known"),
        pytest.param(0, 5, None, 3, 5, id="never backwards"),
        pytest.param(0, None, None, 4, 4, id="nothing was there to process"),
        pytest.param(0, None, None, None, None, id="nothing is known"),
    ],
)
def test_the_offset_is_that_of_the_next_record_to_process(
    buffered: int, processed_to: int | None, failed_at: int | None, position: int | None, committed: int | None
) -> None:
    assert offset(Queue(buffered, processed_to, failed_at), position) == committed


class Task:
    """The offsets of a task with two partitions, both processed up to 5."""

    def __init__(self) -> None:
        self.context: Any = SimpleNamespace(metadata={}, stream_time=-1)
        self.offsets = CommittedOffsets(self.context)
        self.queues = {IN: Queue(0, 5), ("in", 1): Queue(0, 5)}
        self.group: Any = SimpleNamespace(queues=self.queues)

    def commit(self) -> Any:
        found = self.offsets.next(self.group, {})
        self.offsets.note(found)
        return found


def test_only_partitions_that_moved_since_the_last_commit_are_committed() -> None:
    task = Task()
    assert set(task.commit()) == {IN, ("in", 1)}
    assert task.commit() == {}
    task.queues["in", 1].processed_to = 6
    assert task.commit() == {("in", 1): (6, encode(7, {}))}
    assert task.commit() == {}


def test_what_was_not_committed_after_all_is_committed_the_next_time() -> None:
    task = Task()
    first = task.offsets.next(task.group, {})
    assert task.offsets.next(task.group, {}) == first


def test_a_later_time_or_another_number_is_committed_beside_the_same_offset() -> None:
    task = Task()
    task.commit()
    task.queues[IN].partition_time = 8
    assert task.commit() == {IN: (5, encode(8, {}))}
    task.context.metadata["number"] = 3
    assert task.commit() == {IN: (5, encode(8, {"number": 3})), ("in", 1): (5, encode(7, {"number": 3}))}


def test_each_partition_goes_by_the_position_of_its_own() -> None:
    task = Task()
    assert task.offsets.next(task.group, {("in", 1): 9}) == {IN: (5, encode(7, {})), ("in", 1): (9, encode(7, {}))}


def test_the_offset_committed_last_is_known_by_partition() -> None:
    task = Task()
    assert task.offsets.last("in", 1) is None
    task.commit()
    task.offsets.note({("in", 1): (9, "")})
    assert (task.offsets.last("in", 0), task.offsets.last("in", 1), task.offsets.last("in", 2)) == (5, 9, None)


def resumed(committed: dict[Any, Any], *, stream_time: int = -1, numbers: dict[str, int] | None = None) -> Any:
    """A task with two partitions that went on from this."""
    context: Any = SimpleNamespace(metadata=numbers or {}, stream_time=stream_time)
    queues = {key: SimpleNamespace(position=None, partition_time=-1) for key in (IN, ("in", 1))}
    CommittedOffsets(context).resume(SimpleNamespace(queues=queues), committed)  # type: ignore[arg-type]
    return SimpleNamespace(
        positions=[queue.position for queue in queues.values()],
        times=[queue.partition_time for queue in queues.values()],
        stream_time=context.stream_time,
        numbers=context.metadata,
    )


def test_a_task_goes_on_with_the_offsets_times_and_numbers_of_its_last_commit() -> None:
    task = resumed({IN: (5, encode(70, {"a": 1, "b": 9})), ("in", 1): (0, encode(40, {"a": 2, "b": -1}))})
    assert (task.positions, task.times, task.stream_time) == ([5, 0], [70, 40], 70)
    assert task.numbers == {"a": 2, "b": 9}


def test_what_nobody_committed_is_not_known() -> None:
    task = resumed({("in", 1): (3, None)})
    assert (task.positions, task.times, task.stream_time, task.numbers) == ([None, 3], [-1, -1], -1, {})


def test_neither_stream_time_nor_a_number_goes_back() -> None:
    task = resumed({IN: (5, encode(70, {"a": 1}))}, stream_time=90, numbers={"a": 4})
    assert (task.times[0], task.stream_time, task.numbers) == (70, 90, {"a": 4})


def test_a_number_that_is_below_zero_is_taken_as_it_is() -> None:
    assert resumed({IN: (5, encode(70, {"a": -5}))}).numbers == {"a": -5}


def test_the_partitions_time_is_committed_beside_its_offset() -> None:
    assert decode(Task().commit()[IN][1]) == (7, {})
