"""The global thread takes the stores over from the thread that filled them before it applies a record."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from kstream_cli.runtime.threads.global_thread import GlobalThread


class Task:
    """Notes who commits and who writes."""

    def __init__(self) -> None:
        self.positions: dict[Any, int] = {}
        self.done: list[tuple[str, str]] = []

    def open(self) -> None: ...
    def close(self) -> None: ...

    def resumable(self, positions: Any) -> Any:
        return positions

    def commit(self) -> None:
        self.done.append(("commit", threading.current_thread().name))

    def update(self, topic: str, record: Any) -> None:
        self.done.append(("update", threading.current_thread().name))


class Consumer:
    """Has one record, and nothing more."""

    def __init__(self) -> None:
        self.batches: list[Any] = [([(("t", 0), ["record"])], [])]
        self.is_empty = threading.Event()

    def assign(self, partitions: Any) -> None: ...
    def close(self) -> None: ...

    def fetch(self, count: int, seconds: float) -> Any:
        if self.batches:
            return self.batches.pop()
        self.is_empty.set()
        return [], []


def test_the_thread_that_goes_on_commits_before_its_first_record(tmp_path: Path) -> None:
    task, consumer, errors = Task(), Consumer(), []
    thread = GlobalThread(
        "global",
        task,
        consumer=consumer,
        partitions=[],
        directory=tmp_path,
        commit_seconds=60,
        on_error=errors.append,
    )
    thread.fill()
    thread.start()
    assert consumer.is_empty.wait(10)
    thread.stop()
    thread.join()
    here = threading.current_thread().name
    assert task.done == [("commit", here), ("commit", "global"), ("update", "global"), ("commit", "global")]
    assert errors == []
