"""The topics that the contenders read: each is written once, for every workload, contender and turn it suits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from rich.console import Console

from benchmarks.broker import KafkaBroker
from benchmarks.data import BASE_TIME, USUAL, Block, Size
from benchmarks.run import Layout
from benchmarks.workload import Workload


class Inputs:
    """The input topics of one layout."""

    def __init__(self, broker: KafkaBroker, layout: Layout, console: Console, size: Size = USUAL) -> None:
        self._broker = broker
        self._layout = layout
        self._console = console
        self._size = size
        self._needed: dict[Callable[[Size], Block], int] = {}
        self._topics: dict[tuple[Callable[[Size], Block], int], str] = {}
        self._tables: list[str] = []

    def need(self, workload: Workload, records: int) -> None:
        """Say beforehand what a workload may read, so that one topic is long enough for all that share it."""
        self._needed[workload.block] = max(records, self._needed.get(workload.block, 0))

    def topic(self, workload: Workload, *, share: float = 1.0) -> tuple[str, int]:
        """The workload's input and how many records it holds: what was said to be needed, or a share of it."""
        records = max(1, int(self._needed[workload.block] * share))
        key = workload.block, records
        if key not in self._topics:
            self._topics[key] = f"{workload.block.__name__}-{self._layout.name}-{uuid.uuid4().hex[:6]}"
            self._write(workload.block(self._size), self._topics[key], records)
        name = self._topics[key]
        if workload.table is not None and f"{name}-table" not in self._tables:
            self._tables.append(f"{name}-table")
            rows = workload.table(self._size)
            count = len(rows.records)
            self._write(rows, f"{name}-table", count, first_timestamp=BASE_TIME - count)
        return name, records

    def delete(self) -> None:
        for name in [*self._topics.values(), *self._tables]:
            self._broker.delete_topic(name)

    def _write(self, block: Block, topic: str, records: int, **options: int) -> None:
        begun = time.monotonic()
        self._broker.create_topic(topic, partitions=self._layout.partitions, retention_ms="-1")
        block.write(self._broker.bootstrap, topic, records, **options)
        self._console.print(f"  {topic}: {records:,} records in {time.monotonic() - begun:.0f} s", highlight=False)
