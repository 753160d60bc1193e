"""An application under a steady load for as long as is asked: a figure a minute, and whether its memory stays flat."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from benchmarks.latency import feed
from benchmarks.process_tree import Usage, usage
from benchmarks.run import START_SECONDS, Run, RunFailedError, stop
from benchmarks.sheet import Sheet
from benchmarks.watermarks import Watermarks

MINUTE = 60.0
WARM_SHARE = 0.25
"""Of the minutes: caches fill, and allocators find their size."""
FLAT_SHARE = 0.05
"""The last quarter may have so much more memory than the second one."""


@dataclass(frozen=True)
class Minute:
    """`behind` is how many input records were not committed at its end."""

    number: int
    rate: float
    behind: int
    cpu_seconds_per_million: float
    megabytes: float


def minutes(run: Run, *, rate: int, count: int) -> Iterator[Minute]:
    """Feed an input topic of its own at `rate`; rates are those of the committed offsets."""
    broker = run.broker
    broker.create_topic(run.input_topic, retention_ms="600000", segment_ms="60000")
    broker.create_topic(run.output_topic, retention_ms="600000", segment_ms="60000")
    process = run.start()
    feeder: subprocess.Popen[bytes] | None = None
    try:
        feed(run, 100, 1).wait()
        _await_output(run, process)
        feeder = feed(run, rate, MINUTE * count + 5)
        begun = time.monotonic()
        before, used = _committed(run), usage(process.pid)
        for number in range(1, count + 1):
            time.sleep(max(0.0, begun + number * MINUTE - time.monotonic()))
            if process.poll() is not None:
                raise RunFailedError(f"{run.contender.name} ended with {process.returncode}: see {run.log}")
            after, now = _committed(run), usage(process.pid)
            behind = Watermarks(broker.bootstrap, run.input_topic).sum() - after
            yield _minute(number, after - before, behind, used, now)
            before, used = after, now
    finally:
        stop(process)
        if feeder is not None:
            feeder.kill()
            feeder.wait()


def _minute(number: int, records: int, behind: int, before: Usage, after: Usage) -> Minute:
    return Minute(
        number,
        records / (after.time - before.time),
        behind,
        (after.cpu_seconds - before.cpu_seconds) / max(records, 1) * 1e6,
        after.resident_bytes / 1e6,
    )


def _await_output(run: Run, process: subprocess.Popen[bytes]) -> None:
    watermarks = Watermarks(run.broker.bootstrap, run.output_topic)
    deadline = time.monotonic() + START_SECONDS
    while not watermarks.sum():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RunFailedError(f"{run.contender.name} gave no output: see {run.log}")
        time.sleep(0.1)


def _committed(run: Run) -> int:
    asked = ConsumerGroupTopicPartitions(run.application, [TopicPartition(run.input_topic, 0)])
    (answer,) = run.broker.admin.list_consumer_group_offsets([asked]).values()
    return sum(max(0, partition.offset) for partition in answer.result(30).topic_partitions)


def memory_growth(measured: list[Minute]) -> float | None:
    """The mean of the last quarter beside that of the second; None where there are too few minutes."""
    quarter = int(len(measured) * WARM_SHARE)
    if not quarter:
        return None
    second, last = measured[quarter : 2 * quarter], measured[-quarter:]
    return sum(m.megabytes for m in last) / sum(m.megabytes for m in second) - 1


def sheet_of(measured: list[Minute], *, what: str, rate: int) -> Sheet:
    """At most thirty rows: of a long run, evenly chosen minutes and the last."""
    stride = -(-len(measured) // 30)
    rows = [
        [
            str(m.number),
            f"{m.rate:,.0f}",
            f"{m.behind:,}",
            f"{m.cpu_seconds_per_million:.2f}",
            f"{m.megabytes:.1f}",
        ]
        for m in measured
        if m.number % stride == 0 or m is measured[-1]
    ]
    growth = memory_growth(measured)
    flat = "too short to tell" if growth is None else f"grew by {growth:+.1%}" + "*" * (growth > FLAT_SHARE)
    title = f"steady load, {what}, {rate:,} records/s; memory, last quarter beside the second: {flat}"
    return Sheet(title, ("minute", "records/s", "not committed", "CPU s/M", "MB"), rows)
