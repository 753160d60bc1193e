"""Topics and configuration of a run, as the benchmark's environment gives them."""

from __future__ import annotations

import os

INPUT = os.environ.get("BENCH_INPUT", "input")
OUTPUT = os.environ.get("BENCH_OUTPUT", "output")
TABLE = os.environ.get("BENCH_TABLE", "table")

config = {
    "application.id": os.environ.get("BENCH_APPLICATION", "bench"),
    "bootstrap.servers": os.environ.get("BENCH_BOOTSTRAP", "127.0.0.1:9092"),
    "state.dir": os.environ.get("BENCH_STATE", "/tmp/kstream-bench"),
    "num.stream.threads": os.environ.get("BENCH_THREADS", "1"),
    "processing.guarantee": os.environ.get("BENCH_GUARANTEE", "at_least_once"),
    "commit.interval.ms": os.environ.get("BENCH_COMMIT_MS", "1000"),
    "auto.offset.reset": "earliest",
}
