"""One session of the benchmark: what was asked for, done in turns on one broker, and everything that came out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaException
from rich.console import Console

from benchmarks.broker import KafkaBroker
from benchmarks.contender import Contender
from benchmarks.data import USUAL, Size
from benchmarks.latency import Latency, measure_latency
from benchmarks.preload import Inputs
from benchmarks.run import LAYOUTS, Layout, Result, Run, RunFailedError
from benchmarks.startup import COMMANDS, Restore, StartUp, first_output, measure_command, measure_restore
from benchmarks.workload import RESTORE, WORKLOADS, Workload

FEW = 10
"""Input records where only the first output matters."""


@dataclass
class Session:
    """`repeats` are each contender's turns, the Python rivals may take fewer. `records` overrides what is written."""

    broker: KafkaBroker
    directory: Path
    contenders: Sequence[Contender]
    console: Console
    seconds: float
    repeats: int
    rival_repeats: int
    records: int | None = None
    size: Size = USUAL
    results: list[Result] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    restores: list[Restore] = field(default_factory=list)
    start_ups: list[StartUp] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, results: Path) -> None:
        """Take over what earlier sessions found on this machine, so that a long benchmark can be done in parts."""
        if not results.exists():
            return
        parts = json.loads(results.read_text())
        self.results += [Result(**run) for run in parts["runs"]]
        self.latencies += [Latency(**latency) for latency in parts["latency"]]
        self.restores += [Restore(**restore) for restore in parts["restore"]]
        self.start_ups += [StartUp(**start_up) for start_up in parts["startup"]]
        self.failures += parts["failures"]

    def throughput(self, workloads: Sequence[Workload], layout: Layout) -> None:
        """Let the contenders take turns on each workload."""
        inputs = Inputs(self.broker, layout, self.console, self.size)
        for workload in workloads:
            inputs.need(workload, self.records or int(workload.estimate * _share(self.size) * self.seconds))
        for workload in workloads:
            self.console.print(f"[bold]{workload.name}[/] {workload.title}, {layout.name}", highlight=False)
            for contender in self._turns(workload.name, layout):
                share = contender.share_of_whole if workload.whole else 1.0
                topic, records = inputs.topic(workload, share=share)
                run = Run(
                    self.broker,
                    workload,
                    contender,
                    layout,
                    records=records,
                    input_topic=topic,
                    directory=self.directory,
                    size=self.size,
                )
                self._keep(run)
        inputs.delete()

    def latency(self, workload: Workload, rate: int) -> None:
        for contender in self._turns(workload.name):
            run = self._alone(workload, contender, 0)

            def measure(run: Run = run) -> str:
                latency = measure_latency(run, rate=rate, seconds=self.seconds)
                self.latencies.append(latency)
                return (
                    f"p50 {latency.p50:.1f} ms, p99 {latency.p99:.1f} ms, worst {latency.worst:.1f} ms "
                    f"({latency.results:,} results, {latency.expected:,} records)"
                )

            self._report(f"latency at {rate:,}/s, {workload.name} {contender.name}", measure, run)

    def restore(self, records: int) -> None:
        for contender in self._turns(RESTORE.name):
            first, empty, full = (self._alone(RESTORE, contender, FEW) for _ in range(3))

            def measure(first: Run = first, empty: Run = empty, full: Run = full) -> str:
                first_output(first)  # Not counted: for its first application a new broker makes its own topics.
                restore = measure_restore(empty, full, records=records)
                self.restores.append(restore)
                return (
                    f"{restore.records:,} changelog records in {restore.seconds:.1f} s, {restore.rate:,.0f}/s, "
                    f"{restore.cpu_seconds_per_million:.2f} CPU s/M, {restore.peak_megabytes:.0f} MB, "
                    f"{_outcome(restore.error)}"
                )

            self._report(f"w9 {contender.name}", measure, first, empty, full)

    def start_up(self) -> None:
        for what, arguments in COMMANDS.items():
            self._started(measure_command(what, arguments))
        for contender in self._turns("w1"):
            first, run = (self._alone(WORKLOADS["w1"], contender, FEW) for _ in range(2))

            def measure(first: Run = first, run: Run = run) -> str:
                first_output(first)  # Not counted, as above.
                start_up = first_output(run)
                self.start_ups.append(start_up)
                return f"first output after {start_up.seconds:.2f} s, {start_up.cpu_seconds:.2f} CPU s"

            self._report(f"w10 {contender.name}", measure, first, run)

    def _started(self, start_up: StartUp) -> None:
        self.start_ups.append(start_up)
        self.console.print(f"  w10 {start_up.what}: {start_up.seconds:.2f} s", highlight=False)

    def _turns(self, workload: str, layout: Layout = LAYOUTS["single"]) -> list[Contender]:
        """Who is able to, again and again: each in turn, so that what changes on the machine meets all of them."""
        able = [
            contender
            for contender in self.contenders
            if workload in contender.workloads and (contender.spreads or layout.threads == 1)
        ]
        return [
            contender
            for turn in range(self.repeats)
            for contender in able
            if turn < (self.rival_repeats if contender.python_rival else self.repeats)
        ]

    def _alone(self, workload: Workload, contender: Contender, records: int) -> Run:
        """A run with an input topic of its own."""
        return Run(
            self.broker,
            workload,
            contender,
            LAYOUTS["single"],
            records=records,
            directory=self.directory,
            size=self.size,
        )

    def _keep(self, run: Run) -> None:
        def measure() -> str:
            result = run.measure(self.seconds)
            self.results.append(result)
            if result.error:
                self.failures.append(f"{run.workload.name} {run.contender.name}: {result.error}")
            return (
                f"{result.rate:,.0f} records/s, {result.cpu_seconds_per_million:.2f} CPU s/M, "
                f"{result.peak_megabytes:.0f} MB, {_outcome(result.error)}"
            )

        self._report(f"{run.workload.name} {run.layout.name} {run.contender.name}", measure, run)

    def _report(self, what: str, measure: Callable[[], str], *runs: Run) -> None:
        """Print what was measured; a run that failed keeps its state and log, and does not end the session."""
        try:
            self.console.print(f"  {what}: {measure()}", highlight=False)
        except (RunFailedError, KafkaException) as error:
            self.failures.append(f"{what}: {error}")
            self.console.print(f"  {what}: [red]{error}", highlight=False)
            return
        for run in runs:
            run.clean()


def _share(size: Size) -> float:
    """How much of the records of usual size is enough: longer ones take longer."""
    return min(1.0, 400 / (300 + size.value_bytes))


def _outcome(error: str | None) -> str:
    return f"[red]{error}[/]" if error else "output right"
