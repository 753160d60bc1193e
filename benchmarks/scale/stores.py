"""Stores of more and more keys, larger than the cache: `python -m benchmarks.scale.stores KEYS` is one step.

A count by key runs in a task without a broker. Each size has a process of its own, whose memory says what it needs.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from benchmarks.cache import HERE
from benchmarks.micro.hot_path import HotPath
from benchmarks.process_tree import UsageSampler
from benchmarks.scale.step import Step
from kstream_cli import Config, StreamsBuilder

SIZES = (10_000, 100_000, 1_000_000)
LARGE = 10_000_000
COMMIT_RECORDS = 100_000
UPDATES = 500_000
SCATTER = 7_368_787
"""Has no factor in common with a number of keys, so that its multiples are all of them, far apart from one another."""


def steps(*, large: bool) -> Iterator[Step]:
    for size in (*SIZES, LARGE) if large else SIZES:
        yield _in_a_process(size)


def _in_a_process(keys: int) -> Step:
    command = [sys.executable, "-m", "benchmarks.scale.stores", str(keys)]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    with UsageSampler(process.pid) as sampler:
        output, _ = process.communicate()
    if process.returncode:
        return Step("keys in a store", keys, {}, error=f"ended with {process.returncode}")
    figures = json.loads(output)
    megabytes = sampler.peak_resident_bytes / 1e6
    return Step("keys in a store", keys, figures["costs"], {**figures["facts"], "peak MB": megabytes})


def measure(keys: int) -> Step:
    """Count each key once, in scattered order; then update random ones; then read all in order."""
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts").to_stream().to("out")
    config = Config.from_mapping({"application.id": "scale"})
    rng = random.Random(1)
    with HotPath(builder.build(config), config) as path:
        inserting = _counted(path, (number * SCATTER % keys for number in range(keys)))
        updating = _counted(path, (rng.randrange(keys) for _ in range(UPDATES)))
        reading = _cpu_seconds(lambda: _read_all(path))
        on_disk = sum(file.stat().st_size for file in path.directory.rglob("*") if file.is_file())
    return Step(
        "keys in a store",
        keys,
        {"fill CPU s": inserting, "read all CPU s": reading},
        {
            "fill us/record": inserting / keys * 1e6,
            "update us/record": updating / UPDATES * 1e6,
            "disk MB": on_disk / 1e6,
        },
    )


def _counted(path: HotPath, numbers: Iterator[int]) -> float:
    """CPU seconds of all threads, RocksDB's too, with a commit every so many records."""
    spent = 0.0
    while batch := [(b"k%09d" % number, b"x") for number in islice(numbers, COMMIT_RECORDS)]:
        path.add(batch)
        spent += _cpu_seconds(path.process_all) + _cpu_seconds(path.commit)
    return spent


def _read_all(path: HotPath) -> None:
    store: Any = path.task.stores["counts"]
    with store.all() as rows:
        for _ in rows:
            pass


def _cpu_seconds(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    step = measure(int(sys.argv[1]))
    print(json.dumps({"costs": step.costs, "facts": step.facts}))
