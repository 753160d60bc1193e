"""The results as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import platform
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.run import Result


def medians(results: Sequence[Result]) -> list[Result]:
    """One result a workload, layout and contender: the median of each figure over its runs without an error."""
    groups: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for result in results:
        groups[result.layout, result.workload, result.contender].append(result)
    return [_median(group) for group in groups.values()]


def _median(group: list[Result]) -> Result:
    good = [result for result in group if result.error is None]
    if not good:
        return group[0]
    steady = [result.steady_rate for result in good if result.steady_rate is not None]
    return replace(
        good[0],
        rate=statistics.median(result.rate for result in good),
        steady_rate=statistics.median(steady) if steady else None,
        cpu_seconds_per_million=statistics.median(result.cpu_seconds_per_million for result in good),
        peak_megabytes=statistics.median(result.peak_megabytes for result in good),
        start_seconds=statistics.median(result.start_seconds for result in good),
    )


def table_of(results: Sequence[Result]) -> Table:
    """Each contender's medians, with the ratios to Java's."""
    table = Table(title="input records/s from first to last output; CPU and memory of the whole process tree")
    table.add_column("workload")
    table.add_column("contender")
    for heading in ("records/s", "after 10 s", "x java", "CPU s/M", "x java", "MB", "start s"):
        table.add_column(heading, justify="right")
    table.add_column("output")
    java = {(r.layout, r.workload): r for r in results if r.contender == "java" and r.error is None}
    last = None
    for result in sorted(results, key=lambda r: (r.layout, r.workload, -r.rate)):
        group = (result.layout, result.workload)
        if group != last:
            table.add_section()
        last = group
        beside = java.get(group)
        table.add_row(
            f"{result.workload} {result.layout}",
            result.contender,
            f"{result.rate:,.0f}",
            f"{result.steady_rate:,.0f}" if result.steady_rate else "",
            f"{result.rate / beside.rate:.2f}" if beside and beside.rate else "",
            f"{result.cpu_seconds_per_million:.2f}",
            f"{result.cpu_seconds_per_million / beside.cpu_seconds_per_million:.2f}"
            if beside and beside.cpu_seconds_per_million
            else "",
            f"{result.peak_megabytes:,.0f}",
            f"{result.start_seconds:.1f}",
            "right" if result.error is None else f"WRONG: {result.error}",
        )
    return table


def print_table(results: Sequence[Result], console: Console) -> None:
    console.print(table_of(medians(results)))


def write_json(path: Path, **parts: Any) -> None:
    """Everything measured, with the machine it was measured on."""
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
    }
    path.write_text(json.dumps({"machine": machine, **parts}, indent=1) + "\n")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
