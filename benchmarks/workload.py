"""What each workload reads, and how its output is checked and turned into progress."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle
from typing import TypeAlias

from benchmarks import data
from benchmarks.data import BASE_TIME, Block, Size

Output: TypeAlias = tuple[int, bytes, bytes]
"""(partition, key, value) of one output record."""

WINDOW_MS = 600_000


class WrongOutputError(Exception):
    """The output is not that of the workload; says which record shows it."""


class Checker:
    """Follows a run's output record by record. `add` returns how many input records it accounts for."""

    def add(self, output: Output) -> float:
        raise NotImplementedError

    def finish(self, records: int | None) -> None:
        """Compare the whole; `records` is the number of inputs where the run went through all of them."""


class MappedChecker(Checker):
    """Each key's outputs are its inputs, in order, mapped; None drops one."""

    def __init__(self, block: Block, mapper: Callable[[bytes, bytes], bytes | None]) -> None:
        expected: dict[bytes, list[bytes]] = defaultdict(list)
        for key, value in block.records:
            mapped = mapper(key, value)
            if mapped is not None:
                expected[key].append(mapped)
        self._next = {key: cycle(values) for key, values in expected.items()}
        self._block = block
        self._passed = sum(map(len, expected.values()))
        self._share = len(block.records) / self._passed
        self._mapper = mapper
        self._seen = 0

    def add(self, output: Output) -> float:
        _, key, value = output
        if key not in self._next:
            raise WrongOutputError(f"output {self._seen} has the key {key!r}, which no input has")
        expected = next(self._next[key])
        if value != expected and not self.equal(value, expected):
            raise WrongOutputError(f"output {self._seen}, of {key!r}, is {value!r}, not {expected!r}")
        self._seen += 1
        return self._share

    def equal(self, value: bytes, expected: bytes) -> bool:
        return False

    def finish(self, records: int | None) -> None:
        if records is None:
            return
        rounds, rest = divmod(records, len(self._block.records))
        mapped = sum(self._mapper(*record) is not None for record in self._block.records[:rest])
        expected = rounds * self._passed + mapped
        if self._seen != expected:
            raise WrongOutputError(f"{self._seen} outputs, not {expected}")


class JsonChecker(MappedChecker):
    """Like MappedChecker; compares what the JSON says, not how it is written. What was right once is not read again."""

    def __init__(self, block: Block, mapper: Callable[[bytes, bytes], bytes | None]) -> None:
        super().__init__(block, mapper)
        self._written: dict[bytes, bytes] = {}

    def equal(self, value: bytes, expected: bytes) -> bool:
        if self._written.get(expected) == value:
            return True
        self._written[expected] = value
        return bool(json.loads(value) == json.loads(expected))


class RunningCountChecker(Checker):
    """Each key's outputs are 1, 2, 3, …; a total, now and then, is the number of outputs before it."""

    def __init__(self) -> None:
        self._counts: Counter[bytes] = Counter()
        self._outputs: Counter[int] = Counter()

    def add(self, output: Output) -> float:
        partition, key, value = output
        number = int.from_bytes(value, "big")
        if key == b"total":
            if number != self._outputs[partition]:
                raise WrongOutputError(f"total {number} after {self._outputs[partition]} outputs")
            return 0
        self._counts[key] += 1
        self._outputs[partition] += 1
        if number != self._counts[key]:
            raise WrongOutputError(f"count {number} of {key!r}, not {self._counts[key]}")
        return 1

    def finish(self, records: int | None) -> None:
        if records is not None and self._counts.total() != records:
            raise WrongOutputError(f"{self._counts.total()} outputs, not {records}")


class LatestCountChecker(Checker):
    """Counts that only grow, with updates left out by caches; in the end they are a sequential count's."""

    def __init__(self, counted: Callable[[int], Iterable[tuple[bytes, int]]], *, per_record: int = 1) -> None:
        self._counted = counted
        self._per_record = per_record
        self._latest: dict[bytes, int] = {}
        self._partitions: set[int] = set()

    def add(self, output: Output) -> float:
        partition, key, value = output
        number = int.from_bytes(value, "big")
        before = self._latest.get(key, 0)
        if number < before:
            raise WrongOutputError(f"the count of {key!r} fell from {before} to {number}")
        self._latest[key] = number
        self._partitions.add(partition)
        return (number - before) / self._per_record

    def finish(self, records: int | None) -> None:
        total = sum(self._latest.values())
        if records is None:
            # A run that was cut short ends anywhere: only one partition's output is a prefix of the sequential one.
            if len(self._partitions) > 1:
                return
        elif total != records * self._per_record:
            raise WrongOutputError(f"{total} counted, not {records * self._per_record}")
        expected = dict(self._counted(total))
        if self._latest != expected:
            key = next(k for k in expected.keys() | self._latest.keys() if expected.get(k) != self._latest.get(k))
            raise WrongOutputError(f"count of {key!r} is {self._latest.get(key)}, not {expected.get(key)}")


@dataclass(frozen=True)
class Workload:
    """One row of the table. `estimate` is input records/s of a very fast contender: how much to preload."""

    name: str
    title: str
    block: Callable[[Size], Block]
    checker: Callable[[Block], Checker]
    estimate: int
    table: Callable[[Size], Block] | None = None
    """Rows older than every input record, so that in order of time no input comes before its row."""
    exactly_once: bool = False
    whole: bool = False
    """Whether a run must go through its whole input: with two steps, one may be far ahead of the other before that."""
    latency: bool = False


def upper(key: bytes, value: bytes) -> bytes | None:
    return None if value.startswith(b"a") else value.upper()


def rotated(key: bytes, value: bytes) -> bytes | None:
    return value[10:] + value[:10]


def enriched(key: bytes, value: bytes) -> bytes | None:
    order = json.loads(value)
    if order["quantity"] < 2:
        return None
    total = order["price"] * order["quantity"]
    return json.dumps({**order, "total": total, "large": total > 50_000}).encode()


def joined(block: Block) -> Checker:
    table = dict(data.rows(block.size).records)
    return MappedChecker(block, lambda key, value: value[:40] + b"|" + table[key])


def word_counts(block: Block) -> Checker:
    return LatestCountChecker(_count_of([word for _, value in block.records for word in value.split()]), per_record=10)


def key_counts(block: Block) -> Checker:
    return LatestCountChecker(_count_of([key for key, _ in block.records]))


def _count_of(keys: list[bytes]) -> Callable[[int], Iterable[tuple[bytes, int]]]:
    """What a count comes to after so many of the keys, which come again and again."""

    def counted(total: int) -> Iterable[tuple[bytes, int]]:
        rounds, rest = divmod(total, len(keys))
        counts = Counter({key: count * rounds for key, count in Counter(keys).items()} if rounds else {})
        counts.update(keys[:rest])
        return counts.items()

    return counted


def window_counts(block: Block) -> Checker:
    keys = [key for key, _ in block.records]

    def counted(total: int) -> Iterable[tuple[bytes, int]]:
        for start in range(0, total, WINDOW_MS):
            window: Counter[bytes] = Counter()
            position, end = start, min(total, start + WINDOW_MS)
            while position < end:
                offset = position % len(keys)
                taken = keys[offset : offset + end - position]
                window.update(taken)
                position += len(taken)
            suffix = (BASE_TIME + start).to_bytes(8, "big")
            for key, count in window.items():
                yield key + suffix, count

    return LatestCountChecker(counted)


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("w1", "filter + map_values", data.texts, lambda b: MappedChecker(b, upper), 700_000, latency=True),
        Workload("w2", "word count", data.lines, word_counts, 45_000, whole=True),
        Workload("w3", "windowed count", data.texts, window_counts, 600_000),
        Workload(
            "w4",
            "w1, exactly once",
            data.texts,
            lambda b: MappedChecker(b, upper),
            700_000,
            exactly_once=True,
            latency=True,
        ),
        Workload("w5", "stream-table join", data.texts, joined, 600_000, table=data.rows),
        Workload("w6", "Processor API, store", data.texts, lambda b: RunningCountChecker(), 500_000),
        Workload("w7", "20 stateless operators", data.texts, lambda b: MappedChecker(b, rotated), 600_000),
        Workload("w8", "typed JSON", data.orders, lambda b: JsonChecker(b, enriched), 400_000),
    )
}
RESTORE = Workload("w9", "restore", data.texts, key_counts, 0)
"""What is measured of it is the time to the first output, as with W10: see startup.py."""
