"""Compares what mutmut's last run left alive with survivors.json, which says of each why no test can notice it.

`make mutants` ends with this. It fails where a mutant survived that is not listed, or a listed one was noticed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

LIST = Path(__file__).with_name("survivors.json")
NOT_RUN = "not checked"
NOTICED = frozenset({"killed", "timeout", "segfault", "suspicious"})


class Mutant(NamedTuple):
    """A change of some lines of a file; the numbers that mutmut gives move with each line of code."""

    file: str
    old: str
    new: str

    def __str__(self) -> str:
        lines = [f"{mark} {line}" for mark, text in (("-", self.old), ("+", self.new)) for line in text.splitlines()]
        return "\n".join([self.file, *lines])


def main() -> int:
    listed = {Mutant(each["file"], each["old"], each["new"]): each["why"] for each in json.loads(LIST.read_text())}
    left, unlisted, noticed, checked = set(listed), [], [], 0
    for path, statuses in _results():
        alive = [_mutant(path, name) for name, status in statuses.items() if status not in NOTICED]
        unlisted += [each for each in alive if each not in listed]
        left.difference_update(alive)
        noticed += [each for each in left if each.file == str(path)]
        checked += len(statuses)
        killed = len(statuses) - len(alive)
        print(f"{path}: {killed} of {len(statuses)} noticed ({killed / len(statuses):.1%}), {len(alive)} left")
    for each in unlisted:
        print(f"\nnot noticed, and not in {LIST.name}: {each}")
    for each in noticed:
        print(f"\nnoticed, and to be taken out of {LIST.name}: {each}")
    return 1 if unlisted or noticed or not checked else 0


def _results() -> Iterator[tuple[Path, dict[str, str]]]:
    """By file: the mutants that were tried, and what came of each. A file that was tried in part is passed over."""
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        statuses = {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items()}
        if statuses and NOT_RUN not in statuses.values():
            yield path, statuses


def _mutant(path: Path, name: str) -> Mutant:
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    old = "\n".join(line[1:].strip() for line in lines if line.startswith("-"))
    new = "\n".join(line[1:].strip() for line in lines if line.startswith("+"))
    return Mutant(str(path), old, new)


if __name__ == "__main__":
    sys.exit(main())
