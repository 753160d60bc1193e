"""One run: a contender, a workload, a layout; started, watched until it is done, checked and measured."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.broker import KafkaBroker
from benchmarks.cache import HERE
from benchmarks.contender import Contender
from benchmarks.data import USUAL, Size
from benchmarks.process_tree import UsageSampler
from benchmarks.timeline import Timeline, read_timeline
from benchmarks.watermarks import Watermarks
from benchmarks.workload import Workload, WrongOutputError

START_SECONDS = 90
WARM_SECONDS = 10
"""Left out of the steady figures: Java's compiler is at work."""
STEADY_SECONDS = 5
"""A shorter rest of a run says nothing."""
IDLE_SECONDS = 5.0
"""A run is over when its output has not grown for so long: longer than the commit interval, and than a pause of GC."""


@dataclass(frozen=True)
class Layout:
    """How a run is spread out."""

    name: str
    partitions: int
    threads: int
    processes: int = 1


LAYOUTS = {
    layout.name: layout
    for layout in (Layout("single", 1, 1), Layout("threads", 4, 4), Layout("processes", 4, 2, processes=2))
}


@dataclass(frozen=True)
class Result:
    """What one run gave; the steady figures leave the first ten seconds out, and are None where a run was too short."""

    workload: str
    contender: str
    layout: str
    records: int
    outputs: int
    seconds: float
    rate: float
    steady_rate: float | None
    cpu_seconds_per_million: float
    steady_cpu_seconds_per_million: float | None
    peak_megabytes: float
    start_seconds: float
    all_cpu_seconds: float
    """From the start of the process to the last output."""
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class RunFailedError(Exception):
    """The contender gave no output, or ended early; says where its log is."""


class Run:
    """The topics and the process of one run. `input_topic` holds `records`; if none is given it is the run's own."""

    def __init__(
        self,
        broker: KafkaBroker,
        workload: Workload,
        contender: Contender,
        layout: Layout,
        *,
        records: int,
        input_topic: str | None = None,
        directory: Path,
        size: Size = USUAL,
    ) -> None:
        self.broker = broker
        self.workload = workload
        self.contender = contender
        self.layout = layout
        self.records = records
        self.size = size
        self.application = f"{workload.name}-{contender.name.replace(', ', '-')}-{uuid.uuid4().hex[:6]}"
        self.input_topic = input_topic or f"{self.application}-input"
        self.output_topic = f"{self.application}-output"
        self.log = directory / f"{self.application}.log"
        self.state = directory / f"{self.application}-state"

    def environment(self) -> dict[str, str]:
        threads = self.layout.threads if self.layout.processes == 1 or self.contender.name == "java" else 1
        return {
            **os.environ,
            "PYTHONPATH": str(HERE.parent),
            "BENCH_BOOTSTRAP": self.broker.bootstrap,
            "BENCH_APPLICATION": self.application,
            "BENCH_INPUT": self.input_topic,
            "BENCH_TABLE": f"{self.input_topic}-table",
            "BENCH_OUTPUT": self.output_topic,
            "BENCH_STATE": str(self.state),
            "BENCH_THREADS": str(threads),
            "BENCH_GUARANTEE": "exactly_once_v2" if self.workload.exactly_once else "at_least_once",
            "BENCH_COMMIT_MS": "100" if self.workload.exactly_once else "1000",
            **self.contender.environment,
        }

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process. Whoever starts it stops it."""
        for ending in self.contender.topics:
            self.broker.create_topic(f"{self.application}-{ending}")
        with self.log.open("wb") as log:
            return subprocess.Popen(
                self.contender.command(self.workload.name, processes=self.layout.processes),
                env=self.environment(),
                cwd=HERE.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def measure(self, seconds: float, *, idle_seconds: float = IDLE_SECONDS) -> Result:
        """Let it work for `seconds` after its first output, or until nothing has come for `idle_seconds`."""
        self.broker.create_topic(
            self.output_topic,
            partitions=self.layout.partitions,
            message_timestamp_type="LogAppendTime",
            retention_ms="-1",
        )
        started = time.time()
        process = self.start()
        with UsageSampler(process.pid) as sampler:
            try:
                whole = self._watch(process, 10 * seconds if self.workload.whole else seconds, idle_seconds)
            finally:
                stop(process)
        checker = self.workload.checker(self.workload.block(self.size))
        error = None
        try:
            timeline = read_timeline(self.broker.bootstrap, self.output_topic, checker)
            checker.finish(self.records if whole else None)
        except WrongOutputError as wrong:
            error = str(wrong)
            timeline = Timeline(((0, 0.0), (1, 0.0)), 0)
        if not timeline.points:
            raise RunFailedError(f"{self.contender.name} committed no output: see {self.log}")
        return self._result(timeline, sampler, started, error)

    def clean(self) -> None:
        """Delete what the run left: its state, its output, and the topics that the application made for itself."""
        shutil.rmtree(self.state, ignore_errors=True)
        self.broker.delete_topic(self.application)

    def _result(self, timeline: Timeline, sampler: UsageSampler, started: float, error: str | None) -> Result:
        steady = timeline.without(WARM_SECONDS)
        if steady is not None and steady.end - steady.start < STEADY_SECONDS:
            steady = None
        return Result(
            self.workload.name,
            self.contender.name,
            self.layout.name,
            round(timeline.records),
            timeline.outputs,
            timeline.end - timeline.start,
            timeline.rate,
            None if steady is None else steady.rate,
            _cpu_seconds_per_million(timeline, sampler),
            None if steady is None else _cpu_seconds_per_million(steady, sampler),
            sampler.peak_resident_bytes / 1e6,
            timeline.start - started,
            sampler.cpu_seconds_between(started, timeline.end),
            error,
        )

    def _watch(self, process: subprocess.Popen[bytes], seconds: float, idle_seconds: float) -> bool:
        """Wait until the run is over; True when it stopped by itself, having gone through its input."""
        watermarks = Watermarks(self.broker.bootstrap, self.output_topic, self.layout.partitions)
        begun = time.monotonic()
        first = grown = None
        height = 0
        while True:
            time.sleep(0.2)
            now = time.monotonic()
            if process.poll() is not None:
                raise RunFailedError(f"{self.contender.name} ended with {process.returncode}: see {self.log}")
            reached = watermarks.sum()
            if reached > height:
                height, grown = reached, now
                first = first or now
            if first is None:
                if now - begun > START_SECONDS:
                    raise RunFailedError(f"{self.contender.name} gave no output: see {self.log}")
            elif now - first > seconds:
                return False
            elif grown is not None and now - grown > idle_seconds:
                return True


def _cpu_seconds_per_million(timeline: Timeline, sampler: UsageSampler) -> float:
    cpu = sampler.cpu_seconds_between(timeline.start, timeline.end)
    return cpu / timeline.counted * 1e6 if timeline.counted else 0.0


def stop(process: subprocess.Popen[bytes], *, seconds: float = 30) -> None:
    """End it gracefully, by force where it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
