"""CPU seconds and memory of a process and all its descendants, read from /proc."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage(NamedTuple):
    """What a process tree has used up to `time` (seconds since the epoch)."""

    time: float
    cpu_seconds: float
    resident_bytes: int


class _Process(NamedTuple):
    parent: int
    cpu_seconds: float
    resident_bytes: int


def usage(root: int) -> Usage:
    """The tree's usage now. Children that ended count through the parent that waited for them."""
    processes = _all_processes()
    tree = {root} & processes.keys()
    grown = True
    while grown:
        children = {pid for pid, process in processes.items() if process.parent in tree} - tree
        tree |= children
        grown = bool(children)
    return Usage(
        time.time(),
        sum(processes[pid].cpu_seconds for pid in tree),
        sum(processes[pid].resident_bytes for pid in tree),
    )


def _all_processes() -> dict[int, _Process]:
    found = {}
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                text = (directory / "stat").read_text()
            except OSError:  # it ended meanwhile
                continue
            fields = text.rpartition(")")[2].split()
            ticks = sum(int(fields[i]) for i in (11, 12, 13, 14))
            found[int(directory.name)] = _Process(int(fields[1]), ticks / _TICKS, int(fields[21]) * _PAGE)
    return found


class UsageSampler:
    """Samples a process tree in the background until it is left."""

    def __init__(self, root: int, *, interval: float = 0.1) -> None:
        self.samples = [usage(root)]
        self._root = root
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def peak_resident_bytes(self) -> int:
        return max(sample.resident_bytes for sample in self.samples)

    def cpu_seconds_between(self, start: float, end: float) -> float:
        return self._cpu_seconds_at(end) - self._cpu_seconds_at(start)

    def __enter__(self) -> UsageSampler:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(self._interval):
            now = usage(self._root)
            if now.cpu_seconds >= self.samples[-1].cpu_seconds:
                self.samples.append(now)

    def _cpu_seconds_at(self, moment: float) -> float:
        earlier = [sample for sample in self.samples if sample.time <= moment] or self.samples[:1]
        later = [sample for sample in self.samples if sample.time > moment] or self.samples[-1:]
        before, after = earlier[-1], later[0]
        if after.time <= before.time:
            return before.cpu_seconds
        share = min(1.0, (moment - before.time) / (after.time - before.time))
        return before.cpu_seconds + share * (after.cpu_seconds - before.cpu_seconds)
