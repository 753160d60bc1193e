"""`python -m benchmarks`: kstream and its rivals, workload by workload, in turns, on one Apache Kafka broker."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.broker import KafkaBroker
from benchmarks.cache import HERE
from benchmarks.contender import CONTENDERS, Contender, UnavailableError
from benchmarks.data import USUAL, Size
from benchmarks.report import Report
from benchmarks.run import LAYOUTS
from benchmarks.session import Session
from benchmarks.workload import RESTORE, WORKLOADS

START_UP = "w10"

console = Console(width=None if sys.stdout.isatty() else 150)


def main() -> None:
    # Ended from outside, it still ends the broker and the processes that it started.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # Where it is set, each start compiles all that it imports; an installed package never does.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    options = _options()
    contenders, missing = _prepared(options.contenders)
    directory = Path(tempfile.mkdtemp(prefix="kstream-bench-"))
    console.print(f"logs and data: {directory}", highlight=False)
    with KafkaBroker(directory / "kafka") as broker:
        session = Session(
            broker,
            directory,
            contenders,
            console,
            options.seconds,
            options.repeats,
            options.rival_repeats or options.repeats,
            options.records,
            Size(options.keys, options.value_bytes),
        )
        if options.add:
            session.add(options.output / "results.json")
        try:
            _measure(session, options)
        finally:
            report = Report(session, missing=missing, options=vars(options))
            report.write(options.output)
    report.print(console)
    console.print(f"written: {options.output}/results.json, results.md and rates.svg", highlight=False)
    if not options.keep and not session.failures:
        shutil.rmtree(directory, ignore_errors=True)


def _measure(session: Session, options: argparse.Namespace) -> None:
    """What is quick and nobody waits for long comes first; a session that is ended early has written what it had."""
    chosen = [WORKLOADS[name] for name in options.workloads if name in WORKLOADS]
    if START_UP in options.workloads:
        session.start_up()
    if RESTORE.name in options.workloads:
        session.restore(options.restore_records)
    for layout in options.layouts:
        session.throughput(chosen, LAYOUTS[layout])
    if options.latency_rate:
        for workload in chosen:
            if workload.latency:
                session.latency(workload, options.latency_rate)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [*WORKLOADS, RESTORE.name, START_UP]
    parser.add_argument("--workloads", nargs="+", choices=names, default=names)
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--layouts", nargs="*", choices=list(LAYOUTS), default=list(LAYOUTS), help="none: no rates")
    parser.add_argument("--seconds", type=float, default=30, help="how long each run may take (default: 30)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender, in turns (default: 3)")
    parser.add_argument("--rival-repeats", type=int, help="runs of each other Python library (default: as --repeats)")
    parser.add_argument("--records", type=int, help="input records (default: enough for --seconds)")
    parser.add_argument("--keys", type=int, default=USUAL.keys, help="keys, table rows, words (default: 10,000)")
    parser.add_argument("--value-bytes", type=int, default=USUAL.value_bytes, help="w1 to w7, but w2 (default: 100)")
    parser.add_argument("--restore-records", type=int, default=5_000_000, help="w9's changelog (default: 5,000,000)")
    parser.add_argument("--latency-rate", type=int, default=50_000, help="records/s; 0: no latency (default: 50,000)")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="directory of the results")
    parser.add_argument("--add", action="store_true", help="keep what results.json has from sessions before")
    parser.add_argument("--keep", action="store_true", help="keep logs and data")
    return parser.parse_args()


def _prepared(names: list[str]) -> tuple[list[Contender], dict[str, str]]:
    """The contenders that can take part, and why the others cannot."""
    prepared, missing = [], {}
    for name in names:
        try:
            CONTENDERS[name].prepare()
        except UnavailableError as error:
            missing[name] = str(error)
            console.print(f"[yellow]{name} is left out: {error}", highlight=False)
        else:
            prepared.append(CONTENDERS[name])
    return prepared, missing


if __name__ == "__main__":
    main()
