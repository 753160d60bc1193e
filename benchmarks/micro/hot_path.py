"""Runs one task on records in memory, and counts the Python calls and bytecode instructions that kstream spends."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from confluent_kafka import Message

import kstream_cli
from kstream_cli import Config
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.topology.subtopologies import subtopologies
from kstream_cli.topology.topology import Topology

PACKAGE = str(Path(kstream_cli.__file__).parent)
CACHE_BYTES = 10_000_000


@dataclass(frozen=True)
class Cost:
    """Per input record, or row at a commit: calls of kstream's own functions, and bytecode instructions inside them."""

    calls: float
    instructions: float


@dataclass(frozen=True)
class Nanoseconds:
    """CPU time of an input record, and of a row at a commit."""

    record: float
    row: float


def forget(*record: Any) -> None:
    """Nothing is kept."""


class Discarded:
    """A producer that takes records and forgets them."""

    takes_text = False

    def __init__(self) -> None:
        self.partition_counts = defaultdict[str, int](lambda: 1)

    def sender(self, topic: str, report: Any, text: int = 0) -> Callable[..., None]:
        return forget

    def has_partition(self, topic: str, partition: int) -> bool:
        return True

    def make_room(self) -> None:
        """There always is."""


class HotPath:
    """One subtopology of a topology as a running task, on a state directory of its own. Use it in a `with` block."""

    def __init__(self, topology: Topology, config: Config, *, subtopology: int = 0) -> None:
        self._directory = TemporaryDirectory(prefix="kstream-hot-path-")
        self.directory = Path(self._directory.name)
        part = subtopologies(topology)[subtopology]
        self.topics = [topology.topic_name(topic, config.application_id) for topic in part.source_topics]
        self.input = self.topics[0]
        self.task = StreamTask(
            TaskId(subtopology, 0),
            part,
            topology=topology,
            config=config,
            inputs=[(topic, 0) for topic in self.topics],
            producer=Discarded(),
            clock=lambda: int(time.time() * 1000),
            directory=self.directory,
            cache=ThreadCache(CACHE_BYTES),
        )
        self._offset = 0

    def __enter__(self) -> HotPath:
        self.task.open()
        self.task.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.task.close()
        self._directory.cleanup()

    def add(self, pairs: Sequence[tuple[bytes, bytes]], topic: str | None = None) -> None:
        """Buffer records of a source topic, the input if it is not said which, a millisecond apart."""
        topic, first = topic or self.input, self._offset
        self._offset += len(pairs)
        messages: list[Any] = [
            Message(topic=topic, partition=0, offset=first + i, key=key, value=value, timestamp=(1, first + i))
            for i, (key, value) in enumerate(pairs)
        ]
        self.task.add_records(topic, 0, messages)

    def process_all(self) -> None:
        while self.task.process(1000):
            pass

    def commit(self) -> None:
        offsets = self.task.prepare_commit()
        self.task.post_commit({}, offsets)

    def commit_cost(self, pairs: Sequence[tuple[bytes, bytes]]) -> Cost:
        """The cost of a key's row at the first commit, which writes to the disk as well."""
        self.add(pairs)
        self.process_all()
        counter, rows = InstructionCounter(), _keys(pairs)
        counter.count(self.commit)
        return Cost(counter.calls / rows, counter.instructions / rows)

    def cost(self, pairs: Sequence[tuple[bytes, bytes]]) -> Cost:
        """The cost of a record where the caches and dictionaries are warm; a commit's share is not in it."""
        self.add(pairs)
        self.process_all()
        self.add(pairs)
        counter = InstructionCounter()
        counter.count(self.process_all)
        return Cost(counter.calls / len(pairs), counter.instructions / len(pairs))

    def nanoseconds(self, pairs: Sequence[tuple[bytes, bytes]], *, rounds: int = 50) -> Nanoseconds:
        """The least of many short rounds, which is about the same on a busy machine; each round ends with a commit."""
        record = row = float("inf")
        rows = _keys(pairs)
        for _ in range(rounds):
            self.add(pairs)
            begun = time.thread_time_ns()
            self.process_all()
            processed = time.thread_time_ns()
            self.commit()
            record = min(record, (processed - begun) / len(pairs))
            row = min(row, (time.thread_time_ns() - processed) / rows)
        return Nanoseconds(record, row)


def _keys(pairs: Sequence[tuple[bytes, bytes]]) -> int:
    return len({key for key, _ in pairs})


class InstructionCounter:
    """Traces what runs in kstream's own files, generated code among them."""

    def __init__(self) -> None:
        self.calls = 0
        self.instructions = 0

    def count(self, run: Callable[[], None]) -> None:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            run()
        finally:
            sys.settrace(before)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith((PACKAGE, "<kstream")):
            self.calls += 1
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            return self._trace_inside
        return None

    def _trace_inside(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            self.instructions += 1
        return self._trace_inside
