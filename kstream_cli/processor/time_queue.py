"""A binary heap by time that breaks ties exactly as java.util.PriorityQueue does.

Records of equal timestamps, and punctuations due at the same time, are then taken in the order in which Java takes
them, so that results agree also where Kafka Streams itself promises no order.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar


class Timed(Protocol):
    """Anything with a time by which it is queued; it must not change while the thing is in the queue."""

    time: int


T = TypeVar("T", bound=Timed)


class TimeQueue(Generic[T]):
    """Gives what has the smallest `time` first."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        self._heap: list[T] = []

    def __len__(self) -> int:
        return len(self._heap)

    def peek(self) -> T | None:
        return self._heap[0] if self._heap else None

    def clear(self) -> None:
        self._heap.clear()

    def items(self) -> list[T]:
        """All entries in no particular order."""
        return list(self._heap)

    def push(self, entry: T) -> None:
        heap = self._heap
        time = entry.time
        at = len(heap)
        heap.append(entry)
        while at > 0:
            above = (at - 1) >> 1
            if time >= heap[above].time:
                break
            heap[at] = heap[above]
            at = above
        heap[at] = entry

    def pop(self) -> T:
        """Remove the first entry; there must be one."""
        heap = self._heap
        last = heap.pop()
        if not heap:
            return last
        first = heap[0]
        size = len(heap)
        half = size >> 1
        time = last.time
        at = 0
        while at < half:
            child = 2 * at + 1
            if child + 1 < size and heap[child].time > heap[child + 1].time:
                child += 1
            if time <= heap[child].time:
                break
            heap[at] = heap[child]
            at = child
        heap[at] = last
        return first
