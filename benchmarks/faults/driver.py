"""Does one fault after another, drawn from a seeded table, and starts again what ended."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.cluster import KafkaCluster
from benchmarks.faults.process import Instance, wait_for

SESSION_TIMEOUT_SECONDS = 6.0
IN_SYNC_SECONDS = 600
"""A loaded machine takes its time, also to notice that a broker is back."""
KINDS = (
    "kill",
    "freeze",
    "restart",
    "broker_restart",
    "broker_kill",
    "broker_freeze",
    "add_thread",
    "remove_thread",
    "lose_state",
    "fill_disk",
    "kill_two",
)


@dataclass(frozen=True)
class Fault:
    """One thing that was done: what, to whom, and when (seconds since the epoch)."""

    kind: str
    target: str
    time: float
    takes_over: bool
    """Whether others had to take over what the target did."""
    until: float = 0.0
    """When a broker that was away was let back."""


@dataclass(frozen=True)
class Ending:
    """A process that ended by itself, and the last error in its log."""

    instance: str
    time: float
    exit_code: int | None
    error: str


class Driver:
    """Only one fault is begun at a time; its aftermath may overlap with the next one's."""

    def __init__(
        self,
        clusters: Sequence[KafkaCluster],
        instances: list[Instance],
        *,
        seed: int,
        kinds: Sequence[str] = KINDS,
        away_seconds: float | None = None,
    ) -> None:
        """`away_seconds`: how long a broker is away at most, where that is not left to the driver."""
        self.clusters = clusters
        self._away_seconds = away_seconds
        self.instances = instances
        self.faults: list[Fault] = []
        self.endings: list[Ending] = []
        self._chosen = tuple(kinds)
        self._rng = random.Random(seed)
        self._kinds = self._drawn_kinds()

    def run(self, seconds: float, report: Callable[[Fault], None]) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._rest(self._rng.uniform(2, 9))
            kind = next(self._kinds)
            instance = self._rng.choice(self.instances)
            if kind.startswith("broker_"):
                self._do_to_broker(kind.removeprefix("broker_"), report)
                continue
            act = getattr(self, f"_{kind}")
            begun = time.time()
            takes_over = act(instance)
            if takes_over is not None:
                self._note(Fault(kind, instance.name, begun, takes_over), report)
        self._await_brokers()

    def _do_to_broker(self, act: str, report: Callable[[Fault], None]) -> None:
        """Stop, kill or freeze one broker, and have it back. One at a time: the others may have to do without it."""
        self._await_brokers()
        cluster = self._rng.choice(self.clusters)
        broker, alone = self._rng.choice(cluster.nodes), len(cluster.nodes) == 1
        # A cluster notices after nine seconds that a broker was killed.
        seconds = self._rng.uniform(0, self._away_seconds or (5 if alone else 15))
        begun = time.time()
        if act == "freeze":
            broker.freeze()
            self._rest(seconds)
            broker.thaw()
        else:
            broker.stop() if act == "restart" else broker.kill()
            self._rest(seconds)
            broker.launch()
            if alone:
                broker.await_up()
        name = f"{cluster.name} {broker.node}".strip()
        target = f"broker {name}, {seconds:.0f} s"
        self._note(Fault(f"broker_{act}", target, begun, not alone, until=time.time()), report)

    def _await_brokers(self) -> None:
        """Wait until every broker has all that the others have; processes are started again meanwhile."""
        deadline = time.monotonic() + IN_SYNC_SECONDS
        while behind := [each for cluster in self.clusters for each in cluster.behind()]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the brokers did not catch up within {IN_SYNC_SECONDS} s: {behind[:5]}")
            self._rest(0.5)

    def _note(self, fault: Fault, report: Callable[[Fault], None]) -> None:
        self.faults.append(fault)
        report(fault)

    def supervise(self) -> None:
        """Start again what ended by itself, as a process manager would; each time is told in the report."""
        for instance in self.instances:
            if instance.wanted and not instance.alive:
                self.endings.append(Ending(instance.name, time.time(), instance.exit_code, instance.last_error()))
                instance.start()

    def _drawn_kinds(self) -> Iterator[str]:
        """Every kind once in each round, in a new order, so that a short run has seen them all."""
        kinds = [*self._chosen]
        while True:
            self._rng.shuffle(kinds)
            yield from kinds

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.2)
            self.supervise()

    def _kill(self, instance: Instance) -> bool:
        instance.kill()
        time.sleep(self._rng.choice((0.0, 1.0, 8.0)))
        instance.start()
        return True

    def _kill_two(self, instance: Instance) -> bool:
        others = [other for other in self.instances if other is not instance]
        pair = [instance, self._rng.choice(others)]
        for one in pair:
            one.kill()
        time.sleep(self._rng.choice((0.0, 3.0)))
        for one in pair:
            one.start()
        return True

    def _freeze(self, instance: Instance) -> bool:
        """Long enough for the group to give its tasks to others: when it goes on, it is a zombie."""
        instance.freeze()
        time.sleep(SESSION_TIMEOUT_SECONDS + self._rng.uniform(1, 8))
        instance.thaw()
        return True

    def _restart(self, instance: Instance) -> bool:
        instance.stop()
        time.sleep(self._rng.choice((0.0, 2.0)))
        instance.start()
        return True

    def _add_thread(self, instance: Instance) -> bool | None:
        if not instance.changes_threads:
            return None
        instance.signal(signal.SIGUSR1)
        return False

    def _remove_thread(self, instance: Instance) -> bool | None:
        if not instance.changes_threads:
            return None
        instance.signal(signal.SIGUSR2)
        return False

    def _lose_state(self, instance: Instance) -> bool:
        instance.kill()
        instance.delete_state()
        instance.start()
        return True

    def _fill_disk(self, instance: Instance) -> bool | None:
        """The process may end, or go on when there is room again; what it must not do is to be wrong."""
        if not instance.small_disk:
            return None
        instance.fill_disk()
        ended = wait_for(instance, self._rng.uniform(2, 6))
        instance.free_disk()
        return ended
