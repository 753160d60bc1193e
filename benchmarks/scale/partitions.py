"""More and more partitions in one process and one thread: stateless, and with a store a task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from confluent_kafka import KafkaException
from rich.console import Console

from benchmarks.broker import KafkaBroker
from benchmarks.contender import Contender
from benchmarks.preload import Inputs
from benchmarks.run import Layout, Run, RunFailedError
from benchmarks.scale.step import Step
from benchmarks.workload import RESTORE, WORKLOADS

SIZES = (1, 10, 100, 1_000)
STATELESS = replace(WORKLOADS["w1"], whole=True)
COUNT = replace(RESTORE, whole=True)
"""A count by key: each partition is a task with a store of its own, on disk."""
LIMIT_SECONDS = 300
IDLE_SECONDS = 20.0
"""Longer than many tasks take to start one after the other."""


def steps(
    broker: KafkaBroker,
    contenders: Sequence[Contender],
    directory: Path,
    console: Console,
    *,
    sizes: Sequence[int],
    records: int,
) -> Iterator[Step]:
    """The same records each time, so that what grows is what the partitions cost."""
    for size in sizes:
        layout = Layout(f"{size}-partitions", size, 1)
        inputs = Inputs(broker, layout, console)
        inputs.need(STATELESS, records)
        for workload, what in ((STATELESS, "partitions, stateless"), (COUNT, "tasks with a store")):
            for contender in contenders:
                topic, _ = inputs.topic(workload)
                run = Run(broker, workload, contender, layout, records=records, input_topic=topic, directory=directory)
                yield _step(f"{what}, {contender.name}", size, run)
        inputs.delete()


def _step(scale: str, size: int, run: Run) -> Step:
    try:
        result = run.measure(LIMIT_SECONDS / 10, idle_seconds=IDLE_SECONDS)
    except (RunFailedError, KafkaException) as error:
        return Step(scale, size, {}, error=str(error))
    run.clean()
    return Step(
        scale,
        size,
        {"s to the last output": result.start_seconds + result.seconds, "CPU s": result.all_cpu_seconds},
        {
            "s to the first output": result.start_seconds,
            "records/s": result.rate,
            "CPU s/M": result.cpu_seconds_per_million,
            "MB": result.peak_megabytes,
            "MB a partition": result.peak_megabytes / size,
        },
        error=result.error,
    )
