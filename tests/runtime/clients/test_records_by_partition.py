"""Splitting consumed batches; the records are stand-ins with the accessors of a Kafka message."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.runtime.clients.records_by_partition import by_partition, fetch


@dataclass(frozen=True)
class Stub:
    name: str
    number: int
    position: int

    def topic(self) -> str:
        return self.name

    def partition(self) -> int:
        return self.number

    def offset(self) -> int:
        return self.position

    def error(self) -> str | None:
        return "an error" if self.position < 0 else None


def test_a_batch_of_one_partition_is_one_run():
    batch = [Stub("t", 0, offset) for offset in range(100, 200)]
    assert list(by_partition(batch)) == [(("t", 0), batch)]


def test_an_empty_batch_has_no_runs():
    assert list(by_partition([])) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 2), st.integers(1, 40), st.sampled_from([1, 1, 1, 2, 7])),
        max_size=12,
    )
)
def test_runs_hold_every_record_once_in_order_under_its_own_partition(fetches):
    offsets: dict[tuple[str, int], int] = {}
    batch = []
    for topic, partition, count, step in fetches:
        for _ in range(count):
            offset = offsets.get((topic, partition), 5)
            batch.append(Stub(topic, partition, offset))
            offsets[topic, partition] = offset + step
    runs = list(by_partition(batch))
    assert [record for _, run in runs for record in run] == batch
    assert all((record.name, record.number) == key for key, run in runs for record in run)
    whole = groupby(batch, key=lambda record: (record.name, record.number))
    assert [key for key, _ in runs] == [key for key, _ in whole]


class Consumer:
    """One that gives one batch after the other, and has the first record of a batch only while it is waited for."""

    def __init__(self, *batches: list[Stub]) -> None:
        self.batches = list(batches)
        self.waits: list[float] = []

    def consume(self, count: int, seconds: float) -> list[Stub]:
        assert (count, seconds) == (9, 0)
        return self.batches.pop(0)

    def poll(self, seconds: float) -> Stub | None:
        self.waits.append(seconds)
        batch = self.batches.pop(0)
        return batch[0] if batch else None


def stubs(*offsets: int) -> list[Stub]:
    return [Stub("t", 0, offset) for offset in offsets]


def test_records_that_are_there_are_not_waited_for():
    consumer = Consumer(stubs(1, 2))
    assert fetch(consumer, 9, 0.5) == ([(("t", 0), stubs(1, 2))], [])
    assert consumer.waits == []


def test_only_the_first_record_is_waited_for_and_the_others_come_along():
    consumer = Consumer([], stubs(1), stubs(2, 3))
    assert fetch(consumer, 9, 0.5) == ([(("t", 0), stubs(1, 2, 3))], [])
    assert consumer.waits == [0.5]
    assert fetch(Consumer([], []), 9, 0.5) == ([], [])
    assert fetch(Consumer([]), 9, 0) == ([], [])


def test_events_among_records_are_told_apart():
    assert fetch(Consumer(stubs(1, -1, 2, -2)), 9, 0) == ([(("t", 0), stubs(1, 2))], stubs(-1, -2))
    assert fetch(Consumer(stubs(-1)), 9, 0) == ([], stubs(-1))
