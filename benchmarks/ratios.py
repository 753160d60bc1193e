"""kstream's figures beside its rivals', as ratios, and the targets that they are held to."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.contender import CONTENDERS
from benchmarks.latency import Latency
from benchmarks.run import Result
from benchmarks.sheet import Sheet
from benchmarks.startup import Restore, StartUp

KSTREAM, JAVA, LOOP = "kstream", "java", "loop, tuned"
RATE_TARGETS = {"w2": 1.5, "w9": 1.5}
RATE_TARGET = 2.0
CPU_TARGET = 0.5
MEMORY_TARGET = 1.0
PYTHON_TARGET = 5.0
LOOP_TARGET = 1 / 1.25
LOOP_WORKLOAD = "w1"
COMMAND_TARGETS = {"kstream --help": 0.15, "kstream describe": 0.3}
COLUMNS = (
    "",
    "kstream /s",
    "java /s",
    "x java",
    "CPU x java",
    "MB x java",
    "best Python library",
    "x it",
    "x tuned loop",
)


def rate(result: Result) -> float:
    """The steady rate, where the run was long enough to have one."""
    return result.steady_rate or result.rate


def cpu(result: Result) -> float:
    return result.steady_cpu_seconds_per_million or result.cpu_seconds_per_million


def ratio_sheet(results: Sequence[Result], restores: Sequence[Restore], layout: str) -> Sheet:
    """One row a workload, from medians. A figure that misses its target is marked."""
    good = {(r.workload, r.contender): r for r in results if r.layout == layout and r.error is None and r.rate}
    rows = [_row(name, good) for name, contender in sorted(good) if contender == KSTREAM]
    restored = {r.contender: r for r in restores if r.error is None}
    if layout == "single" and KSTREAM in restored and JAVA in restored:
        rows.append(_restore_row(restored[KSTREAM], restored[JAVA]))
    return Sheet(f"kstream beside the others, {layout} (* misses its target)", COLUMNS, rows)


def _row(workload: str, good: dict[tuple[str, str], Result]) -> list[str]:
    ours, java, loop = (good.get((workload, name)) for name in (KSTREAM, JAVA, LOOP))
    assert ours is not None
    python = [r for (name, contender), r in good.items() if name == workload and CONTENDERS[contender].python_rival]
    best = max(python, key=rate, default=None)
    row = [workload, f"{rate(ours):,.0f}"]
    if java is None:
        row += [""] * 4
    else:
        row += [
            f"{rate(java):,.0f}",
            _at_least(rate(ours) / rate(java), RATE_TARGETS.get(workload, RATE_TARGET)),
            _at_most(cpu(ours) / cpu(java), CPU_TARGET),
            _at_most(ours.peak_megabytes / java.peak_megabytes, MEMORY_TARGET),
        ]
    row += (
        [f"{best.contender} {rate(best):,.0f}", _at_least(rate(ours) / rate(best), PYTHON_TARGET)] if best else ["", ""]
    )
    target = LOOP_TARGET if workload == LOOP_WORKLOAD else 0
    return [*row, _at_least(rate(ours) / rate(loop), target) if loop else ""]


def _restore_row(ours: Restore, java: Restore) -> list[str]:
    return [
        "w9",
        f"{ours.rate:,.0f}",
        f"{java.rate:,.0f}",
        _at_least(ours.rate / java.rate, RATE_TARGETS["w9"]),
        _at_most(ours.cpu_seconds_per_million / java.cpu_seconds_per_million, CPU_TARGET),
        _at_most(ours.peak_megabytes / java.peak_megabytes, MEMORY_TARGET),
        "",
        "",
        "",
    ]


def latency_sheet(latencies: Sequence[Latency]) -> Sheet:
    """Milliseconds from medians; kstream's p99 is not to be above Java's."""
    java = {latency.workload: latency.p99 for latency in latencies if latency.contender == JAVA}
    rows = []
    for latency in sorted(latencies, key=lambda one: (one.workload, one.p99)):
        target = java.get(latency.workload, latency.p99) if latency.contender == KSTREAM else latency.p99
        late = "*" if latency.p99 > target else ""
        came = f"{latency.results / latency.expected:.0%}"
        cells = (f"{latency.p50:.1f}", f"{latency.p99:.1f}{late}", f"{latency.worst:.1f}", came)
        rows.append([latency.workload, latency.contender, f"{latency.rate:,}", *cells])
    columns = ("", "contender", "records/s", "p50 ms", "p99 ms", "worst ms", "results a record")
    return Sheet("latency from producing a record to reading its result, at a fixed rate", columns, rows, left=2)


def start_up_sheet(start_ups: Sequence[StartUp]) -> Sheet:
    rows = []
    for one in start_ups:
        late = "*" if one.seconds > COMMAND_TARGETS.get(one.what, one.seconds) else ""
        cpu_seconds = "" if one.cpu_seconds is None else f"{one.cpu_seconds:.2f}"
        megabytes = "" if one.peak_megabytes is None else f"{one.peak_megabytes:.0f}"
        rows.append([one.what, f"{one.seconds:.2f}{late}", cpu_seconds, megabytes])
    return Sheet("w10, start-up", ("", "seconds", "CPU s", "MB"), rows)


def _at_least(ratio: float, target: float) -> str:
    return f"{ratio:.2f}" + ("*" if ratio < target else "")


def _at_most(ratio: float, target: float) -> str:
    return f"{ratio:.2f}" + ("*" if ratio > target else "")
