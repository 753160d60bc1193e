"""Restarts all pairs, and counts the wrong verdicts of `kstream diff`: `python tests/changes/measure.py [BROKER]`.

Without BROKER they are restarted in the test driver. `embedded` restarts the hand-made ones, and some recorded ones, on
the embedded broker, and an address on the broker that listens there.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

for folder in ("changes", "oracle"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))

from hand_made import HAND_MADE  # noqa: E402
from on_broker import OnBroker  # noqa: E402
from outcome import Outcome, findings, findings_of_texts, summary  # noqa: E402
from recorded import edited, recorded_pairs, steps_of  # noqa: E402
from restart import restart  # noqa: E402

from kstream_cli.broker.embedded import EmbeddedBroker  # noqa: E402


def hand_made(broker: str | None, only: list[str]) -> Iterator[Outcome]:
    for number, pair in enumerate(HAND_MADE):
        if only and pair.name not in only:
            continue
        config = pair.configs("app" if broker is None else f"app-{uuid4().hex[:8]}")
        old, new = pair.topologies(*config)
        steps = pair.steps(old, config[0])
        said = findings(old, new, config)
        if broker is None:
            if (found := restart(old, new, config, steps, same=pair.same)) is not None:
                yield Outcome(pair.name, said, found.lost)
            continue
        with a_broker(broker) as address, tempfile.TemporaryDirectory() as state:
            on = OnBroker(address, Path(state), keeps_disk=number % 2 == 0)
            if (found := on.restart(old, new, config, steps, same=pair.same)) is not None:
                yield Outcome(pair.name, said, found.lost)


def recorded(broker: str | None, stride: int) -> Iterator[Outcome]:
    for number, (name, case, edit) in enumerate(recorded_pairs(stride)):
        try:
            old, new, config = edited(case, edit)
        except Exception as error:  # an edit that is refused is no pair
            print(f"          {name}: {type(error).__name__}", flush=True)
            continue
        said, steps = findings(old, new, config), steps_of(case, old, config[0])
        if broker is None:
            found = restart(old, new, config, steps, same=True)
            if found is None:
                continue
            yield Outcome(name, said, found.lost)
            yield Outcome(f"texts of {name}", findings_of_texts(old, new, config), found.lost)
            continue
        if any(len(step) == 1 for part in steps for step in part):
            continue  # the clock on the wall cannot be moved
        with a_broker(broker) as address, tempfile.TemporaryDirectory() as state:
            on = OnBroker(address, Path(state), keeps_disk=number % 2 == 0)
            if (real := on.restart(old, new, config, steps, same=True)) is not None:
                yield Outcome(name, said, real.lost)


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
    for title, outcomes in (("hand-made", hand_made(broker, sys.argv[3:])), ("recorded", recorded(broker, stride))):
        found = []
        for each in outcomes:
            found.append(each)
            if each.fault or broker is not None:
                print(f"{each.fault or '':17}{each}", flush=True)
        texts = [each for each in found if each.name.startswith("texts of")]
        print(f"{title}: {summary(each for each in found if each not in texts)}")
        if texts:
            print(f"texts of these: {summary(texts)}")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
