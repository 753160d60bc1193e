"""End-to-end latency at a fixed input rate: from just before a record is produced to when a reader has its result."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from benchmarks.cache import HERE
from benchmarks.paced_producer import sent_at
from benchmarks.run import START_SECONDS, Run, RunFailedError, stop

WARM_SECONDS = 10.0
IDLE_SECONDS = 5.0
BEHIND_SECONDS = 60.0


@dataclass(frozen=True)
class Latency:
    """Milliseconds, without the time of warming up. `results` of all the `expected` records came in time to be read."""

    workload: str
    contender: str
    rate: int
    p50: float
    p99: float
    worst: float
    results: int
    expected: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_latency(run: Run, *, rate: int, seconds: float) -> Latency:
    """Feed `run`'s own, empty input topic at `rate`; the first seconds, while the contender warms up, do not count."""
    broker = run.broker
    broker.create_topic(run.input_topic, retention_ms="-1")
    broker.create_topic(run.output_topic, retention_ms="-1")
    consumer = _reader(run)
    process = run.start()
    try:
        feed(run, 100, 1).wait()
        _await_first_output(run, consumer, process)
        begun = int(time.time() * 1e6)
        results = _collect(consumer, feed(run, rate, WARM_SECONDS + seconds), begun)
    finally:
        stop(process)
        consumer.close()
    first = min((sent for sent, _ in results), default=begun)
    latencies = sorted(taken for sent, taken in results if sent >= first + WARM_SECONDS * 1e6)
    if not latencies:
        raise RunFailedError(f"{run.contender.name} gave no output at {rate} records/s: see {run.log}")
    return Latency(
        run.workload.name,
        run.contender.name,
        rate,
        _percentile(latencies, 0.50),
        _percentile(latencies, 0.99),
        latencies[-1] / 1000,
        len(results),
        int(rate * (WARM_SECONDS + seconds)),
    )


def _reader(run: Run) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": run.broker.bootstrap,
            "group.id": "benchmark-latency",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 5,
            "fetch.queue.backoff.ms": 5,
        }
    )
    consumer.assign([TopicPartition(run.output_topic, 0, 0)])
    return consumer


def feed(run: Run, rate: int, seconds: float) -> subprocess.Popen[bytes]:
    """Write to the run's input at a fixed rate."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "benchmarks.paced_producer",
            run.broker.bootstrap,
            run.input_topic,
            str(rate),
            str(seconds),
        ],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        cwd=HERE.parent,
    )


def _await_first_output(run: Run, consumer: Consumer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not consumer.consume(1000, 0.5):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RunFailedError(f"{run.contender.name} gave no output: see {run.log}")


def _collect(consumer: Consumer, feeder: subprocess.Popen[bytes], begun: int) -> list[tuple[int, int]]:
    """(when it was sent, how long it took) of each record that was sent since, in microseconds."""
    results: list[tuple[int, int]] = []
    ended, latest = None, 0.0
    # One that has fallen behind is waited for: its results are late, not missing.
    while ended is None or (time.monotonic() < ended + BEHIND_SECONDS and time.monotonic() < latest + IDLE_SECONDS):
        messages = consumer.consume(1000, 0.01)
        now = int(time.time() * 1e6)
        for message in messages:
            sent = sent_at(message.value() or b"")
            if sent >= begun:
                results.append((sent, now - sent))
        if messages:
            latest = time.monotonic()
        if ended is None and feeder.poll() is not None:
            ended = latest = time.monotonic()
    return results


def _percentile(ordered: list[int], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000
