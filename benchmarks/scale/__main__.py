"""`python -m benchmarks.scale`: what a larger job costs, step by step, and where a cost grows faster than the job."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from rich.console import Console

from benchmarks import machine
from benchmarks.broker import KafkaBroker
from benchmarks.cache import HERE
from benchmarks.contender import CONTENDERS
from benchmarks.run import LAYOUTS, Run
from benchmarks.scale import partitions, steady, stores, topologies
from benchmarks.scale.step import Step, sheet_of, too_steep
from benchmarks.sheet import Sheet
from benchmarks.workload import WORKLOADS

SCALES = ("topologies", "stores", "partitions", "steady")

console = Console(width=None if sys.stdout.isatty() else 200)


class Scales:
    """What was measured so far; each scale is written as soon as it is there."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._machine = machine.description()
        self._steps: list[Step] = []
        self._sheets: list[Sheet] = []
        self._minutes: list[steady.Minute] = []
        self.steep: list[str] = []

    def add(self, steps: Iterable[Step]) -> None:
        measured = []
        for step in steps:
            console.print(f"  {step.scale} {step.size:,}: {_in_words(step)}", highlight=False)
            measured.append(step)
        self._steps += measured
        for _, group in groupby(sorted(measured, key=lambda step: step.scale), key=lambda step: step.scale):
            ordered = sorted(group, key=lambda step: step.size)
            self._show(sheet_of(ordered))
            self.steep += too_steep(ordered)
        self._write()

    def add_minutes(self, minutes: Iterable[steady.Minute], *, what: str, rate: int) -> None:
        for minute in minutes:
            console.print(f"  minute {minute.number}: {minute.rate:,.0f}/s, {minute.megabytes:.1f} MB", highlight=False)
            self._minutes.append(minute)
        self._show(steady.sheet_of(self._minutes, what=what, rate=rate))
        self._write()

    def _show(self, sheet: Sheet) -> None:
        self._sheets.append(sheet)
        console.print(sheet.rich())

    def _write(self) -> None:
        self._output.mkdir(parents=True, exist_ok=True)
        parts = {
            "machine": self._machine,
            "steps": [step.as_json() for step in self._steps],
            "minutes": [asdict(minute) for minute in self._minutes],
            "worse than linear": self.steep,
        }
        (self._output / "scale.json").write_text(json.dumps(parts, indent=1) + "\n")
        facts = "".join(f"- {name}: {value}\n" for name, value in self._machine.items())
        steep = "".join(f"- {line}\n" for line in self.steep) or "Nothing grows faster than its size.\n"
        sheets = "\n".join(sheet.markdown() for sheet in self._sheets)
        (self._output / "scale.md").write_text(f"{facts}\n{sheets}\nWorse than linear:\n\n{steep}")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    options = _options()
    scales = Scales(options.output)
    if "topologies" in options.scales:
        scales.add(topologies.steps())
    if "stores" in options.scales:
        scales.add(stores.steps(large=options.large))
    if {"partitions", "steady"} & set(options.scales):
        _on_a_broker(scales, options)
    for line in scales.steep:
        console.print(f"[red]worse than linear: {line}", highlight=False)
    console.print(f"written: {options.output}/scale.json and scale.md", highlight=False)


def _on_a_broker(scales: Scales, options: argparse.Namespace) -> None:
    contenders = [CONTENDERS[name] for name in options.contenders]
    for contender in contenders:
        contender.prepare()
    directory = Path(tempfile.mkdtemp(prefix="kstream-scale-"))
    console.print(f"logs and data: {directory}", highlight=False)
    with KafkaBroker(directory / "kafka") as broker:
        if "partitions" in options.scales:
            steps = partitions.steps(
                broker, contenders, directory, console, sizes=options.partitions, records=options.records
            )
            scales.add(steps)
        if "steady" in options.scales:
            workload = WORKLOADS[options.workload]
            run = Run(broker, workload, contenders[0], LAYOUTS["single"], records=0, directory=directory)
            minutes = steady.minutes(run, rate=options.rate, count=options.minutes)
            scales.add_minutes(minutes, what=f"{contenders[0].name} {workload.name}", rate=options.rate)
    if not options.keep:
        shutil.rmtree(directory, ignore_errors=True)


def _in_words(step: Step) -> str:
    if step.error is not None:
        return f"[red]{step.error}[/]"
    return ", ".join(f"{name} {value:,.2f}" for name, value in {**step.costs, **step.facts}.items())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--scales", nargs="+", choices=SCALES, default=SCALES)
    parser.add_argument("--contenders", nargs="+", choices=("kstream", "java"), default=["kstream"])
    parser.add_argument(
        "--large", action="store_true", help="a store of 10 million keys too: some minutes, 2 GB of disk"
    )
    parser.add_argument("--partitions", nargs="+", type=int, default=partitions.SIZES, help="default: 1 10 100 1000")
    parser.add_argument("--records", type=int, default=1_000_000, help="records of a step (default: 1,000,000)")
    parser.add_argument("--minutes", type=int, default=30, help="of steady load (default: 30)")
    parser.add_argument("--rate", type=int, default=20_000, help="records/s of steady load (default: 20,000)")
    parser.add_argument("--workload", choices=("w1", "w3", "w6"), default="w3", help="under steady load (default: w3)")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="directory of scale.json, scale.md")
    parser.add_argument("--keep", action="store_true", help="keep logs and data")
    return parser.parse_args()


if __name__ == "__main__":
    main()
