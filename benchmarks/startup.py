"""W9, restoring a long changelog, and W10, how soon a command answers and an application works."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.cache import HERE
from benchmarks.data import Block
from benchmarks.process_tree import UsageSampler
from benchmarks.run import START_SECONDS, Run, RunFailedError, Watermarks, stop


@dataclass(frozen=True)
class Restore:
    """`rate` is changelog records/s: the time to the first output, less that with an empty changelog."""

    contender: str
    records: int
    seconds: float
    rate: float
    cpu_seconds_per_million: float
    peak_megabytes: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class FirstOutput:
    """Seconds and CPU seconds from the start of the process until its first output was in the topic."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float


def measure_restore(empty: Run, full: Run, *, records: int, keys: int) -> Restore:
    """Start the count twice: with an empty changelog, and with one of `records` records over `keys` keys."""
    without = first_output(empty)
    # Java and kstream name it alike: that is what makes state movable between the two.
    changelog = f"{full.application}-counts-changelog"
    full.broker.create_topic(changelog, cleanup_policy="compact", retention_ms="-1")
    rows = Block(tuple(data.counts(keys, records // keys)))
    rows.write(full.broker.bootstrap, changelog, records)
    loaded = first_output(full, limit=600)
    seconds = loaded.seconds - without.seconds
    return Restore(
        full.contender.name,
        records,
        seconds,
        records / seconds,
        (loaded.cpu_seconds - without.cpu_seconds) / records * 1e6,
        loaded.peak_megabytes,
    )


def first_output(run: Run, *, limit: float = START_SECONDS) -> FirstOutput:
    """Start the run on an input topic of ten records and wait for an output."""
    broker = run.broker
    broker.create_topic(run.input_topic)
    broker.create_topic(run.output_topic)
    run.workload.block().write(broker.bootstrap, run.input_topic, 10)
    started = time.time()
    process = run.start()
    try:
        with Watermarks(broker.bootstrap, run.output_topic, 1) as watermarks, UsageSampler(process.pid) as sampler:
            while not watermarks.sum():
                if process.poll() is not None or time.time() - started > limit:
                    raise RunFailedError(f"{run.contender.name} gave no output: see {run.log}")
                time.sleep(0.02)
            now = time.time()
    finally:
        stop(process)
    cpu = sampler.cpu_seconds_between(started, now)
    return FirstOutput(now - started, cpu, sampler.peak_resident_bytes / 1e6)


def command_seconds(arguments: Sequence[str], *, repeats: int = 7) -> float:
    """The median wall-clock time of a kstream command."""
    command = [str(Path(sys.executable).with_name("kstream")), *arguments]
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)
