"""Restarts all pairs, and counts the wrong verdicts of `kstream diff`.

`python tests/changes/measure.py [BROKER [STRIDE]]`: without BROKER they are restarted in the test driver, and Java's
texts of them are compared, too. `embedded` restarts them on the embedded broker, one for each pair, and an address on
the broker that listens there. STRIDE takes every so many-th of the recorded topologies for each edit.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

for folder in ("changes", "oracle"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))

from hand_made import HAND_MADE  # noqa: E402
from on_broker import OnBroker  # noqa: E402
from outcome import Outcome, findings, findings_of_texts, summary  # noqa: E402
from recorded import edited, recorded_pairs, steps_of  # noqa: E402
from restart import Restart, Steps, restart  # noqa: E402

from kstream_cli import Config, Topology  # noqa: E402
from kstream_cli.broker.embedded import EmbeddedBroker  # noqa: E402
from kstream_cli.changes.finding import Finding  # noqa: E402

AT_ONCE = 3
"""Restarts on brokers wait most of the time."""


@dataclass(frozen=True)
class Job:
    """A pair that is built and waits to be restarted."""

    name: str
    old: Topology
    new: Topology
    config: tuple[Config, Config]
    steps: Steps
    same: bool

    def said(self) -> tuple[Finding, ...]:
        return findings(self.old, self.new, self.config)


def hand_made() -> Iterator[Job]:
    for pair in HAND_MADE:
        config = pair.configs(f"app-{uuid4().hex[:8]}")
        old, new = pair.topologies(*config)
        yield Job(pair.name, old, new, config, pair.steps(old, config[0]), pair.same)


def recorded(stride: int) -> Iterator[Job]:
    for name, case, edit in recorded_pairs(stride):
        try:
            old, new, config = edited(case, edit)
        except Exception as error:  # an edit that is refused makes no pair
            print(f"{name} is refused: {type(error).__name__}", flush=True)
            continue
        yield Job(name, old, new, config, steps_of(case, old, config[0]), True)


def in_driver(jobs: Iterable[Job]) -> Iterator[Outcome]:
    for job in jobs:
        if (found := restart(job.old, job.new, job.config, job.steps, same=job.same)) is not None:
            yield Outcome(job.name, job.said(), found.lost)
            yield Outcome(f"texts of {job.name}", findings_of_texts(job.old, job.new, job.config), found.lost)


def on_brokers(jobs: Iterable[Job], broker: str) -> Iterator[Outcome]:
    """Every other one loses its local state in between, as it does where a task moves to another machine."""

    def restarted(numbered: tuple[int, Job]) -> tuple[Job, Restart | None]:
        number, job = numbered
        with a_broker(broker) as address, tempfile.TemporaryDirectory() as state:
            on = OnBroker(address, Path(state), keeps_disk=number % 2 == 0)
            return job, on.restart(job.old, job.new, job.config, job.steps, same=job.same)

    # The clock on the wall cannot be moved.
    possible = (job for job in jobs if all(len(step) > 1 for part in job.steps for step in part))
    with ThreadPoolExecutor(AT_ONCE if broker == "embedded" else 1) as pool:
        for job, found in pool.map(restarted, enumerate(possible)):
            if found is not None:
                yield Outcome(job.name, job.said(), found.lost)


@contextmanager
def a_broker(given: str) -> Iterator[str]:
    if given != "embedded":
        yield given
        return
    with EmbeddedBroker() as started:
        yield started.bootstrap_servers


def main() -> None:
    logging.disable(logging.CRITICAL)
    broker = sys.argv[1] if len(sys.argv) > 1 else None
    stride = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    began = time.monotonic()
    for title, jobs in (("hand-made", hand_made()), ("recorded", recorded(stride))):
        found = []
        for each in in_driver(jobs) if broker is None else on_brokers(jobs, broker):
            found.append(each)
            if each.fault or broker is not None:
                print(f"{each.fault or '':17}{each}", flush=True)
        texts = [each for each in found if each.name.startswith("texts of")]
        print(f"{title}: {summary(each for each in found if each not in texts)}")
        if texts:
            print(f"Java's texts of these: {summary(texts)}")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
