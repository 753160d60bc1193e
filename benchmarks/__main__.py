"""`python -m benchmarks`: kstream and its rivals, workload by workload, in turns, on one Apache Kafka broker."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from benchmarks.broker import KafkaBroker
from benchmarks.cache import HERE
from benchmarks.contender import CONTENDERS, Contender, UnavailableError
from benchmarks.data import TABLE_TIME
from benchmarks.latency import Latency, measure_latency
from benchmarks.plot import write_plot
from benchmarks.report import medians, print_table, write_json
from benchmarks.run import LAYOUTS, Layout, Result, Run, RunFailedError
from benchmarks.startup import Restore, command_seconds, first_output, measure_restore
from benchmarks.workload import WORKLOADS, Workload

console = Console(width=None if sys.stdout.isatty() else 150)


@dataclass
class Session:
    """What was asked for, and what came out so far."""

    broker: KafkaBroker
    directory: Path
    contenders: list[Contender]
    seconds: float
    repeats: int
    records: int | None
    results: list[Result] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    restores: list[Restore] = field(default_factory=list)
    startup: dict[str, float] = field(default_factory=dict)
    failed: bool = False

    def throughput(self, workload: Workload, layout: Layout) -> None:
        """Preload the input once, then let the contenders take turns on it."""
        topic = f"{workload.name}-{layout.name}-{uuid.uuid4().hex[:6]}"
        records = self.records or int(workload.estimate * self.seconds)
        self.broker.create_topic(topic, partitions=layout.partitions, retention_ms="-1")
        workload.block().write(self.broker.bootstrap, topic, records)
        if workload.table is not None:
            self.broker.create_topic(f"{topic}-table", partitions=layout.partitions, retention_ms="-1")
            rows = workload.table()
            rows.write(self.broker.bootstrap, f"{topic}-table", len(rows.records), first_timestamp=TABLE_TIME)
        for _ in range(self.repeats):
            for contender in self._able(workload.name):
                run = self._run(workload, contender, layout, topic, records)
                self._keep(run)
        self.broker.admin.delete_topics([topic])

    def latency(self, workload: Workload, rate: int) -> None:
        for contender in self._able(workload.name):
            topic = f"{workload.name}-latency-{uuid.uuid4().hex[:6]}"
            run = self._run(workload, contender, LAYOUTS["single"], topic, 0)
            try:
                latency = measure_latency(run, rate=rate, seconds=self.seconds, table_records=10_000)
            except (RunFailedError, ValueError) as error:
                console.print(f"  latency {workload.name} {contender.name}: [red]{error}", highlight=False)
                continue
            self.latencies.append(latency)
            console.print(
                f"  latency {workload.name} {contender.name} at {rate:,}/s: p50 {latency.p50:.1f} ms, "
                f"p99 {latency.p99:.1f} ms, worst {latency.worst:.1f} ms ({latency.results} of {latency.expected})",
                highlight=False,
            )

    def restore(self, records: int) -> None:
        count = Workload("w9", "restore", WORKLOADS["w1"].block, WORKLOADS["w1"].checker, 0)
        for contender in self._able("w9"):
            runs = [self._run(count, contender, LAYOUTS["single"], f"w9-{uuid.uuid4().hex[:6]}", 10) for _ in range(2)]
            try:
                restore = measure_restore(*runs, records=records, keys=max(1, records // 5))
            except RunFailedError as error:
                console.print(f"  w9 {contender.name}: [red]{error}", highlight=False)
                continue
            self.restores.append(restore)
            console.print(
                f"  w9 {contender.name}: {restore.records:,} changelog records in {restore.seconds:.1f} s, "
                f"{restore.rate:,.0f}/s, "
                f"{restore.cpu_seconds_per_million:.2f} CPU s/M, {restore.peak_megabytes:.0f} MB",
                highlight=False,
            )

    def start_up(self) -> None:
        self.startup["kstream --help"] = command_seconds(["--help"])
        self.startup["kstream describe"] = command_seconds(["describe", str(HERE / "workloads" / "w1.py")])
        for contender in self._able("w1"):
            topic = f"w10-{uuid.uuid4().hex[:6]}"
            run = self._run(WORKLOADS["w1"], contender, LAYOUTS["single"], topic, 10)
            self.startup[f"{contender.name}: first output"] = first_output(run).seconds
        for what, seconds in self.startup.items():
            console.print(f"  w10 {what}: {seconds:.2f} s", highlight=False)

    def write(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        write_json(
            directory / "results.json",
            runs=[result.as_json() for result in self.results],
            latency=[latency.as_json() for latency in self.latencies],
            restore=[restore.as_json() for restore in self.restores],
            startup=self.startup,
        )
        write_plot(directory / "rates.svg", medians(self.results))

    def _able(self, workload: str) -> list[Contender]:
        return [contender for contender in self.contenders if workload in contender.workloads]

    def _run(self, workload: Workload, contender: Contender, layout: Layout, topic: str, records: int) -> Run:
        return Run(
            self.broker, workload, contender, layout, input_topic=topic, records=records, directory=self.directory
        )

    def _keep(self, run: Run) -> None:
        name = f"  {run.workload.name} {run.layout.name} {run.contender.name}"
        try:
            result = run.measure(self.seconds)
        except RunFailedError as error:
            console.print(f"{name}: [red]{error}", highlight=False)
            self.failed = True
            return
        self.results.append(result)
        outcome = f"[red]{result.error}[/]" if result.error else "output right"
        console.print(
            f"{name}: {result.rate:,.0f} records/s, {result.cpu_seconds_per_million:.2f} CPU s/M, "
            f"{result.peak_megabytes:.0f} MB, {outcome}",
            highlight=False,
        )
        shutil.rmtree(run.state, ignore_errors=True)
        self.broker.admin.delete_topics([run.output_topic])


def main() -> None:
    # Ended from outside, it still ends the broker and the processes that it started.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    options = _options()
    contenders = _prepared(options.contenders)
    directory = Path(tempfile.mkdtemp(prefix="kstream-bench-"))
    console.print(f"logs and data: {directory}", highlight=False)
    with KafkaBroker(directory / "kafka") as broker:
        session = Session(broker, directory, contenders, options.seconds, options.repeats, options.records)
        try:
            for layout in options.layouts:
                for name in options.workloads:
                    if name in WORKLOADS:
                        console.print(f"[bold]{name}[/] {WORKLOADS[name].title}, {layout}", highlight=False)
                        session.throughput(WORKLOADS[name], LAYOUTS[layout])
            if options.latency_rate:
                for name in options.workloads:
                    if name in WORKLOADS and WORKLOADS[name].latency:
                        session.latency(WORKLOADS[name], options.latency_rate)
            if "w9" in options.workloads:
                session.restore(options.restore_records)
            if "w10" in options.workloads:
                session.start_up()
        finally:
            session.write(options.output)
    print_table(session.results, console)
    console.print(f"written: {options.output}/results.json and rates.svg", highlight=False)
    if not options.keep and not session.failed:
        shutil.rmtree(directory, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [*WORKLOADS, "w9", "w10"]
    parser.add_argument("--workloads", nargs="+", choices=names, default=names)
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--layouts", nargs="+", choices=list(LAYOUTS), default=["single"])
    parser.add_argument("--seconds", type=float, default=30, help="how long each run may take (default: 30)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender, in turns (default: 3)")
    parser.add_argument("--records", type=int, help="input records (default: enough for --seconds)")
    parser.add_argument("--restore-records", type=int, default=5_000_000, help="w9's changelog (default: 5,000,000)")
    parser.add_argument("--latency-rate", type=int, default=50_000, help="records/s; 0: no latency (default: 50,000)")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="directory of results.json, rates.svg")
    parser.add_argument("--keep", action="store_true", help="keep logs and data")
    return parser.parse_args()


def _prepared(names: list[str]) -> list[Contender]:
    prepared = []
    for name in names:
        try:
            CONTENDERS[name].prepare()
        except UnavailableError as error:
            console.print(f"[yellow]{name} is left out: {error}", highlight=False)
        else:
            prepared.append(CONTENDERS[name])
    return prepared


if __name__ == "__main__":
    main()
