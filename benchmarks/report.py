"""Everything a session found: tables for people, a page to paste, JSON for programs, and the plot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import machine, medians
from benchmarks.contender import CONTENDERS
from benchmarks.plot import write_plot
from benchmarks.ratios import cpu, latency_sheet, rate, ratio_sheet, start_up_sheet
from benchmarks.run import Result
from benchmarks.session import Session
from benchmarks.sheet import Sheet
from benchmarks.startup import Restore

COLUMNS = ("", "contender", "records/s", "after 10 s", "CPU s/M", "after 10 s", "MB", "start s", "runs", "output")


class Report:
    """`missing` are the contenders that could not be prepared, and why; `options` how the session was asked for."""

    def __init__(self, session: Session, *, missing: Mapping[str, str], options: Mapping[str, Any]) -> None:
        self._session = session
        self._missing = missing
        self._options = {name: str(value) for name, value in options.items() if name != "output"}
        self._machine = machine.description()

    def print(self, console: Console) -> None:
        for sheet in self._sheets():
            console.print(sheet.rich())
        for failure in self._session.failures:
            console.print(f"[red]{failure}", highlight=False)

    def write(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        session = self._session
        parts = {
            "machine": self._machine,
            "options": self._options,
            "runs": [result.as_json() for result in session.results],
            "latency": [latency.as_json() for latency in session.latencies],
            "restore": [restore.as_json() for restore in session.restores],
            "startup": [start_up.as_json() for start_up in session.start_ups],
            "failures": session.failures,
        }
        (directory / "results.json").write_text(json.dumps(parts, indent=1) + "\n")
        (directory / "results.md").write_text(self._page())
        write_plot(directory / "rates.svg", medians.of_runs(session.results))

    def _page(self) -> str:
        facts = "".join(f"- {name}: {value}\n" for name, value in self._machine.items())
        asked = ", ".join(f"{name} {value}" for name, value in self._options.items())
        sheets = "\n".join(sheet.markdown() for sheet in self._sheets())
        failures = "".join(f"- {failure}\n" for failure in self._session.failures)
        return f"{facts}- asked for: {asked}\n\n{sheets}" + (f"\nFailed:\n\n{failures}" if failures else "")

    def _sheets(self) -> Iterator[Sheet]:
        session = self._session
        results = medians.of_runs(session.results)
        restores = medians.of_restores(session.restores)
        for layout in dict.fromkeys(["single"] * bool(restores) + [result.layout for result in results]):
            sheet = ratio_sheet(results, restores, layout)
            if sheet.rows:
                yield sheet
        if results:
            yield rate_sheet(results, session.results)
        if restores:
            yield restore_sheet(restores)
        if session.latencies:
            yield latency_sheet(medians.of_latencies(session.latencies))
        if session.start_ups:
            yield start_up_sheet(medians.of_start_ups(session.start_ups))
        left_out = list(self._left_out({result.workload for result in results}))
        if left_out:
            yield Sheet("who does not take part, and why", ("", "contender", "why"), left_out, left=3)

    def _left_out(self, workloads: set[str]) -> Iterator[list[str]]:
        for name, why in self._missing.items():
            yield ["all", name, why]
        for name in dict.fromkeys(result.contender for result in self._session.results):
            cannot = CONTENDERS[name].cannot
            for workload in sorted(workloads & cannot.keys()):
                yield [workload, name, cannot[workload]]


def rate_sheet(results: Sequence[Result], runs: Sequence[Result]) -> Sheet:
    """Each contender's medians."""
    rows = []
    for result in sorted(results, key=lambda r: (r.layout, r.workload, list(CONTENDERS).index(r.contender))):
        key = (result.layout, result.workload, result.contender)
        count = sum((run.layout, run.workload, run.contender) == key for run in runs)
        steady_rate = "" if result.steady_rate is None else f"{rate(result):,.0f}"
        steady_cpu = "" if result.steady_cpu_seconds_per_million is None else f"{cpu(result):.2f}"
        rows.append(
            [
                f"{result.workload} {result.layout}",
                result.contender,
                f"{result.rate:,.0f}",
                steady_rate,
                f"{result.cpu_seconds_per_million:.2f}",
                steady_cpu,
                f"{result.peak_megabytes:,.0f}",
                f"{result.start_seconds:.1f}",
                str(count),
                "right" if result.error is None else f"WRONG: {result.error}",
            ]
        )
    title = "input records/s from the first output to the last; CPU and memory of the whole process tree; medians"
    return Sheet(title, COLUMNS, rows, left=2)


def restore_sheet(restores: Sequence[Restore]) -> Sheet:
    rows = [
        [
            restore.contender,
            f"{restore.records:,}",
            f"{restore.seconds:.1f}",
            f"{restore.rate:,.0f}",
            f"{restore.cpu_seconds_per_million:.2f}",
            f"{restore.peak_megabytes:,.0f}",
            "right" if restore.error is None else f"WRONG: {restore.error}",
        ]
        for restore in restores
    ]
    columns = ("", "changelog records", "seconds", "records/s", "CPU s/M", "MB", "output")
    return Sheet("w9, restoring a changelog (the time of an empty one taken off)", columns, rows)
