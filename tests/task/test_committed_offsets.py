"""Which offset of a partition is committed: where it goes on after a restart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

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
    offsets = CommittedOffsets(SimpleNamespace(metadata={}, stream_time=-1))  # type: ignore[arg-type]
    positions = {} if position is None else {IN: position}
    found = offsets.next(SimpleNamespace(queues={IN: queue}), positions)  # type: ignore[arg-type]
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
