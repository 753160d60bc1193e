"""Splitting consumed batches; the records are stand-ins with the accessors of a Kafka message."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.runtime.clients.records_by_partition import by_partition


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
