"""Why nothing comes out of an instance, by what it knows of itself: one cause, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from kstream_cli.config import Config
from kstream_cli.described.model import DescribedTopology
from kstream_cli.dsl.operators.suppress import Suppress
from kstream_cli.operations.dropping_nodes import DroppingNodes, dropping_nodes
from kstream_cli.operations.instance_facts import InstanceFacts
from kstream_cli.operations.silence_cause import (
    AT_END,
    EVERYTHING_FILTERED,
    FAILED,
    FAILS_AGAIN,
    HELD,
    IDLE_PARTITION,
    NEXT_COMMIT,
    NOT_KNOWN,
    NULL_KEYS,
    PAUSED,
    RESTORING,
    STARTING,
    STUCK,
    Silence,
    cause_of_drop,
    clock,
    let_go,
)
from kstream_cli.runtime.threads.progress import TaskProgress
from kstream_cli.runtime.threads.thread_summary import counted
from kstream_cli.task.task_id import TaskId
from kstream_cli.topology.nodes import ProcessorNode
from kstream_cli.topology.topology import Topology

WAIT_SECONDS = 5.0
"""A task that waits for a partition for less may just have been given its records."""
ERROR_SECONDS = 600.0
"""An error that is older says nothing about now."""
QUICK_COMMIT_MS = 2_000
"""Who commits as often as this does not keep anybody waiting."""


@dataclass(frozen=True, slots=True)
class InstanceSilence:
    """Says why an instance of one topology is silent. Made once; `of` is given the facts of a moment."""

    dropping: Mapping[int, DroppingNodes]
    """Subtopology -> where its records can be dropped, for those of which that is known."""
    waits: Mapping[str, tuple[int, int | None]]
    """Store of a suppress -> how long (ms) it holds a change, and its `emit_on_idle`."""
    commit_interval_ms: int
    waits_for_commit: bool
    """Whether results come out with a commit only."""

    @classmethod
    def for_topology(cls, topology: Topology, described: DescribedTopology, config: Config) -> Self:
        operators = [node.operator for node in topology.nodes.values() if isinstance(node, ProcessorNode)]
        return cls(
            dropping=dropping_nodes(topology, described),
            waits={
                each.store: (each.wait_ms, each.emit_on_idle_ms) for each in operators if isinstance(each, Suppress)
            },
            commit_interval_ms=config.commit_interval_ms,
            waits_for_commit=config.exactly_once,
        )

    def of(self, facts: InstanceFacts) -> Silence:
        """The first cause that the facts prove, the one that stands before the others; else that it is not known.

        Example:
            >>> silences.of(instance_facts(streams, "1f3c")).sentence
            'The application is paused.'
        """
        rules: tuple[Callable[[InstanceFacts], Silence | None], ...] = (
            _failed,
            _fails_again,
            _paused,
            _stuck,
            _restoring,
            _starting,
            _idle_partition,
            _dropped,
            self._filtered,
            self._held,
            self._next_commit,
            _at_end,
        )
        return next((found for rule in rules if (found := rule(facts)) is not None), _not_known(facts))

    def _filtered(self, facts: InstanceFacts) -> Silence | None:
        processed, sent = _by_subtopology(facts, "processed"), _by_subtopology(facts, "sent")
        for number, nodes in self.dropping.items():
            if not processed[number] or number not in sent or sent[number]:
                continue
            count = counted(processed[number], "record")
            if not nodes.nodes:
                return Silence(
                    NULL_KEYS,
                    f"No record has a key: {count} of subtopology {number} cannot be written to a repartition topic.",
                    "Give records a key before you group or join them: select_key, or a key in the input.",
                )
            which = nodes.nodes[0] if len(nodes.nodes) == 1 else f"one of {', '.join(nodes.nodes)}"
            keys = ", or has no key" if nodes.null_keys else ""
            return Silence(
                EVERYTHING_FILTERED,
                f"Everything is filtered out: {count} of subtopology {number}, dropped by {which}{keys}.",
                "Look at what it decides for a record of the input: kstream try --trace with such a record.",
            )
        return None

    def _held(self, facts: InstanceFacts) -> Silence | None:
        tasks = _running(facts)
        held = [
            (time + self.waits[store][0], count, store, task.stream_time)
            for task in tasks
            for store, count, time in task.held
            if store in self.waits
        ]
        if not held or any(task.lag != 0 for task in tasks):
            return None
        until, count, store, stream_time = min(held)
        return Silence(
            HELD,
            f"suppress holds {counted(count, 'result')} back in {store} until stream time {clock(until)}, and all "
            f"input is read: stream time stands at {clock(stream_time)}.",
            let_go(self.waits[store][1]),
        )

    def _next_commit(self, facts: InstanceFacts) -> Silence | None:
        threads = [thread for thread in facts.threads if thread.processed]
        if not self.waits_for_commit or not threads or any(thread.commits for thread in threads):
            return None
        if self.commit_interval_ms <= QUICK_COMMIT_MS:
            return None
        return Silence(
            NEXT_COMMIT,
            f"{counted(sum(thread.processed for thread in threads), 'record')} are processed, and nothing is committed "
            f"yet: results can be read after the commit, every {self.commit_interval_ms / 1000:g} s.",
            "Wait, or set a smaller commit.interval.ms.",
        )


def _failed(facts: InstanceFacts) -> Silence | None:
    if facts.error is None and facts.state not in ("ERROR", "PENDING_ERROR"):
        return None
    return Silence(
        FAILED,
        f"{_name(facts)} has failed: {_first_line(facts.error or 'the log has the reason')}",
        "Mend what failed, and start it again.",
    )


def _fails_again(facts: InstanceFacts) -> Silence | None:
    recent = [error for error in facts.errors if facts.time - error.time <= ERROR_SECONDS]
    if len(recent) < 2:
        return None
    last = recent[-1]
    return Silence(
        FAILS_AGAIN,
        f"{_name(facts)} fails again and again, {facts.time - last.time:.0f} s ago for the last time: "
        f"{_first_line(last.text)}",
        "Mend what failed; or have such records sent to a dead letter topic "
        "(processing.exception.handler, deserialization.exception.handler).",
    )


def _paused(facts: InstanceFacts) -> Silence | None:
    if not facts.paused:
        return None
    return Silence(PAUSED, f"{_name(facts)} is paused.", "Call resume() where pause() was called.")


def _stuck(facts: InstanceFacts) -> Silence | None:
    if not facts.stuck:
        return None
    worst = max(facts.stuck, key=lambda each: each.seconds)
    where = "in a call that does not return" if worst.at is None else f"in your code, at {worst.at}"
    return Silence(
        STUCK,
        f"{worst.thread} has been {where} for {worst.seconds:.0f} s (its tasks: {', '.join(worst.tasks) or 'none'}).",
        "Look at what that line waits for, and give it a timeout.",
    )


def _restoring(facts: InstanceFacts) -> Silence | None:
    restoring = [(task.task, each) for thread in facts.threads for task in thread.tasks for each in task.restoring]
    if not restoring:
        return None
    left = [each.seconds_left(facts.time) for _, each in restoring]
    known = [seconds for seconds in left if seconds is not None]
    how_long = f", about {_span(max(known))} at the pace so far" if known and len(known) == len(left) else ""
    remaining = [each.remaining for _, each in restoring if each.remaining is not None]
    records = f"{sum(remaining):,} records are left" if remaining else "how many records are left is not known yet"
    stores = ", ".join(dict.fromkeys(f"{each.store} of task {task}" for task, each in restoring[:3]))
    more = f" and {len(restoring) - 3} more" if len(restoring) > 3 else ""
    return Silence(
        RESTORING,
        f"State is restored from changelogs before records are processed: {stores}{more}; {records}{how_long}.",
        "Wait. Standbys (num.standby.replicas) make the next time quick.",
    )


def _starting(facts: InstanceFacts) -> Silence | None:
    if facts.state not in ("CREATED", "REBALANCING"):
        return None
    return Silence(
        STARTING,
        f"{_name(facts)} has no tasks to work on yet: it is {facts.state}.",
        "Wait. If it does not end, look at the instances' logs for one that joins and leaves again and again.",
    )


def _idle_partition(facts: InstanceFacts) -> Silence | None:
    for task in _running(facts):
        if not task.waits_for or task.last_progress is None or facts.time - task.last_progress < WAIT_SECONDS:
            continue
        names = ", ".join(f"{topic}, partition {number}" for topic, number in task.waits_for)
        return Silence(
            IDLE_PARTITION,
            f"Task {task.task} has records and waits for others that may be earlier: {names} has none.",
            "Write something there, or set a smaller max.task.idle.ms: -1 never waits.",
        )
    return None


def _dropped(facts: InstanceFacts) -> Silence | None:
    processed = _by_subtopology(facts, "processed")
    for number, count in processed.items():
        reasons: Counter[str] = Counter()
        for task in _running(facts):
            if TaskId.parse(task.task).subtopology == number:
                reasons.update(dict(task.dropped))
        if not count or reasons.total() < count:
            continue
        [(reason, _)] = reasons.most_common(1)
        cause, remedy = cause_of_drop(reason)
        return Silence(
            cause, f"Everything is dropped: {counted(count, 'record')} of subtopology {number}: {reason}.", remedy
        )
    return None


def _at_end(facts: InstanceFacts) -> Silence | None:
    tasks = _running(facts)
    if facts.state != "RUNNING" or not tasks or any(task.lag != 0 for task in tasks):
        return None
    topics = ", ".join(dict.fromkeys(topic for task in tasks for topic, _ in task.partitions))
    return Silence(
        AT_END,
        f"All input of {_name(facts)} is read: {topics}.",
        "Check the writers of these topics. Results that are missing were filtered out or dropped: "
        "kstream try shows what happens to a record.",
    )


def _not_known(facts: InstanceFacts) -> Silence:
    return Silence(
        NOT_KNOWN,
        f"{_name(facts)} is {facts.state}, and nothing that it knows of itself tells why.",
        "Look at its log, and at its cluster: kstream why.",
    )


def _running(facts: InstanceFacts) -> list[TaskProgress]:
    return [task for thread in facts.threads for task in thread.tasks if task.state == "running"]


def _by_subtopology(facts: InstanceFacts, count: str) -> Counter[int]:
    """A count of its running tasks; a subtopology of which it is not known is left out."""
    found: Counter[int] = Counter()
    unknown = set()
    for task in _running(facts):
        number, value = TaskId.parse(task.task).subtopology, getattr(task, count)
        if value is None:
            unknown.add(number)
        found[number] += value or 0
    return Counter({number: total for number, total in found.items() if number not in unknown})


def _name(facts: InstanceFacts) -> str:
    return facts.client_id or facts.application_id


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
