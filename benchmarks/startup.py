"""W9, restoring a long changelog, and W10, how soon a command answers and an application works."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.cache import HERE
from benchmarks.data import Block
from benchmarks.process_tree import UsageSampler
from benchmarks.run import START_SECONDS, Run, RunFailedError, stop
from benchmarks.timeline import read_topic
from benchmarks.watermarks import Watermarks

UPDATES = 5
"""Changelog records for each key."""
RESTORE_LIMIT_SECONDS = 600
COMMANDS = {"kstream --help": ["--help"], "kstream describe": ["describe", str(HERE / "workloads" / "w1.py")]}


@dataclass(frozen=True)
class Restore:
    """`rate` is changelog records/s: the time to the first output, less that with an empty changelog."""

    contender: str
    records: int
    seconds: float
    rate: float
    cpu_seconds_per_million: float
    peak_megabytes: float
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class StartUp:
    """Seconds until an answer: of a command, or the first output of an application whose process was just started."""

    what: str
    seconds: float
    cpu_seconds: float | None = None
    peak_megabytes: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_restore(empty: Run, full: Run, *, records: int) -> Restore:
    """Start the count twice: with an empty changelog, and with one of `records` records."""
    without = first_output(empty)
    # Java and kstream name it alike: that is what makes state movable between the two.
    changelog = f"{full.application}-counts-changelog"
    full.broker.create_topic(changelog, cleanup_policy="compact", retention_ms="-1")
    counts = data.counts(max(full.size.keys, records // UPDATES))
    counts.write(full.broker.bootstrap, changelog, records)
    loaded = first_output(full, limit=RESTORE_LIMIT_SECONDS)
    seconds = loaded.seconds - without.seconds
    return Restore(
        full.contender.name,
        records,
        seconds,
        records / seconds,
        ((loaded.cpu_seconds or 0.0) - (without.cpu_seconds or 0.0)) / records * 1e6,
        loaded.peak_megabytes or 0.0,
        _wrong_count(full, counts),
    )


def _wrong_count(run: Run, restored: Block) -> str | None:
    """The counts that come out must go on from the restored ones."""
    before = {key: int.from_bytes(value, "big") for key, value in restored.records}
    inputs = Counter(key for key, _ in run.workload.block(run.size).records[: run.records])
    for message in read_topic(run.broker.bootstrap, run.output_topic):
        key, count = message.key() or b"", int.from_bytes(message.value() or b"", "big")
        if not before[key] < count <= before[key] + inputs[key]:
            return f"the count of {key!r} is {count}, after {before[key]} that were restored"
    return None


def first_output(run: Run, *, limit: float = START_SECONDS) -> StartUp:
    """Start the run on an input topic of a few records and wait for an output."""
    broker = run.broker
    broker.create_topic(run.input_topic, retention_ms="-1")
    broker.create_topic(run.output_topic, retention_ms="-1")
    run.workload.block(run.size).write(broker.bootstrap, run.input_topic, run.records)
    watermarks = Watermarks(broker.bootstrap, run.output_topic)
    watermarks.sum()
    started = time.time()
    process = run.start()
    try:
        with UsageSampler(process.pid) as sampler:
            while not watermarks.sum():
                if process.poll() is not None or time.time() - started > limit:
                    raise RunFailedError(f"{run.contender.name} gave no output: see {run.log}")
                time.sleep(0.02)
            now = time.time()
    finally:
        stop(process)
    return StartUp(
        f"{run.contender.name}: first output",
        now - started,
        sampler.cpu_seconds_between(started, now),
        sampler.peak_resident_bytes / 1e6,
    )


def measure_command(what: str, arguments: Sequence[str], *, repeats: int = 7) -> StartUp:
    """The median wall-clock time of a kstream command, after a first time that fills the disk's cache."""
    command = [str(Path(sys.executable).with_name("kstream")), *arguments]
    times = []
    for _ in range(1 + repeats):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
        times.append(time.perf_counter() - begun)
    return StartUp(what, statistics.median(times[1:]))
