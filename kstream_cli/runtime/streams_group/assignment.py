"""The tasks of one member, as the streams protocol lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kstream_cli.task.task_id import TaskId


class Assignment(NamedTuple):
    """Tasks to run, tasks to keep copies of, and copies that are to become tasks once they have caught up."""

    active: frozenset[TaskId] = frozenset()
    standby: frozenset[TaskId] = frozenset()
    warmup: frozenset[TaskId] = frozenset()


NOTHING = Assignment()


def assignment_of(fields: Mapping[str, Any]) -> Assignment:
    """From an answer that has one. Raises ValueError for a subtopology that is no number."""
    return Assignment(*(_tasks(fields[f"{kind}_tasks"]) for kind in Assignment._fields))


def wire_tasks(tasks: Iterable[TaskId]) -> list[dict[str, Any]]:
    by_subtopology: dict[int, list[int]] = {}
    for task in sorted(tasks):
        by_subtopology.setdefault(task.subtopology, []).append(task.partition)
    return [{"subtopology_id": str(number), "partitions": partitions} for number, partitions in by_subtopology.items()]


def _tasks(listed: Iterable[Mapping[str, Any]] | None) -> frozenset[TaskId]:
    return frozenset(
        TaskId(int(each["subtopology_id"]), partition) for each in listed or () for partition in each["partitions"]
    )
