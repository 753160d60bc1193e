"""The name of a task: subtopology and partition."""

from __future__ import annotations

from typing import NamedTuple


class TaskId(NamedTuple):
    """Prints and parses as `<subtopology>_<partition>`; sorts by subtopology, then partition."""

    subtopology: int
    partition: int

    def __str__(self) -> str:
        return f"{self.subtopology}_{self.partition}"

    @classmethod
    def parse(cls, text: str) -> TaskId:
        """The reverse of str(); raises ValueError on anything else."""
        subtopology, separator, partition = text.partition("_")
        if not (separator and subtopology.isdecimal() and partition.isdecimal()):
            raise ValueError(f"{text!r} is no task id: it reads <subtopology>_<partition>, such as 0_1")
        return cls(int(subtopology), int(partition))
