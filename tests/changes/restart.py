"""A restart without a broker: OLD runs on records and ends, NEW starts on what OLD left in topics.

What a restart takes over is in topics alone: changelogs restore the stores of the same names, repartition topics hand
on records that were on their way, committed offsets say that input is not read again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from kstream_cli import Config, Topology, TopologyTestDriver
from kstream_cli.operations.topic_types import TopicTypes
from kstream_cli.task.global_task import GlobalTask
from kstream_cli.topology.internal_topics import internal_topics

Step = tuple[Any, ...]
"""(topic, key, value, timestamp, headers) as bytes; or a number of ms by which the wall clock moves."""
Steps = tuple[list[Step], list[Step]]
"""Those before the stop, and those after it."""


def parted(steps: list[Step]) -> Steps:
    """The first two thirds of the records, and the rest."""
    pipes = [number for number, step in enumerate(steps) if len(step) > 1]
    stop = pipes[len(pipes) * 2 // 3] if pipes else 0
    return steps[: stop + 1], steps[stop + 1 :]


class RestartedDriver(TopologyTestDriver):
    """A test driver whose stores are restored from the records of topics that were left."""

    def __init__(self, topology: Topology, config: Config, left: dict[str, list[Any]]) -> None:
        self._left = left
        super().__init__(topology, config)

    def _open(self) -> None:
        if self.topology.global_stores:
            self._global = GlobalTask(
                topology=self.topology, config=self.config, clock=self.now, directory=self._directory / "global"
            )
            self._global.open()
        for planned in self._topics.tasks():
            task = self._made(planned)
            self._tasks.append(task)
            self._task_of.update(dict.fromkeys(planned.inputs, task))
            task.open()
            for store, log in task.changelogs.items():
                with_headers = task.stores[store].restores_headers
                rows = [
                    (each.key, each.value, each.timestamp, *((each.headers,) if with_headers else ()))
                    for each in self._left.get(log.topic, ())
                    if each.key is not None
                ]
                if rows:
                    task.restore(store, rows, len(rows))
            task.start()
        self._pass_on_output()


@dataclass
class Ran:
    """What a run wrote, by topic; and the error that ended it."""

    records: dict[str, list[Any]]
    error: Exception | None = None


def run(topology: Topology, config: Config, steps: list[Step], left: dict[str, list[Any]] | None = None) -> Ran:
    """Run a topology on what another one left, and then on the steps. Topics that nobody reads are left out."""
    records: dict[str, list[Any]] = defaultdict(list)
    try:
        with RestartedDriver(topology, config, left or {}) as driver:
            try:
                for step in steps:
                    if len(step) == 1:
                        driver.advance_wall_clock(step[0])
                    elif driver._inputs.of(step[0]) is not None or driver._is_global(step[0]):
                        driver.pipe_raw(*step)
            finally:
                for record in driver.produced:
                    records[record.topic].append(record)
    except Exception as error:
        return Ran(records, error)
    return Ran(records)


@dataclass
class Restart:
    """What became of OLD's state and of the records on their way."""

    lost: list[str]
    """In words; empty where all has survived."""


def restart(old: Topology, new: Topology, config: tuple[Config, Config], steps: Steps, *, same: bool) -> Restart | None:
    """Run OLD on the first steps, NEW on the rest, and look at what has survived; None where OLD itself fails.

    One record is still on its way in each of OLD's repartition topics: the last one before the stop, or, where that
    went elsewhere, one more like the last one there. `same` says that both compute the same: then NEW must end where it
    ends when it is restarted on what it has left itself.
    """
    before, after = config
    first, later = steps
    stopped = _stopped(old, before, first)
    if stopped is None:
        return None
    left, on_their_way = stopped
    lost = _lost_rows(old, new, config, left)
    wanted = {new.topic_name(name, after.application_id) for name in new.internal_topics}
    for topic, records in on_their_way.items():
        if records and topic not in wanted:
            lost.append(f"{len(records)} records on their way in {topic}")
    if same and (reference := _stopped(new, after, first)) is not None:
        own_left, own_way = reference
        always = run(new, after, [*_handed_on(own_way, wanted), *later], own_left)
        restarted = run(new, after, [*_handed_on(on_their_way, wanted), *later], left)
        if always.error is None:
            lost += _unlike(new, after, (own_left, always), (left, restarted))
    return Restart(lost)


def _stopped(
    topology: Topology, config: Config, steps: list[Step]
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]] | None:
    """What topics hold after the steps, and what is on its way in repartition topics; None where the run fails."""
    shorter, longer = run(topology, config, steps[:-1]), run(topology, config, steps)
    if longer.error is not None:
        return None
    repartition = {topology.topic_name(name, config.application_id) for name in topology.internal_topics}
    on_their_way = {
        topic: longer.records[topic][len(shorter.records[topic]) :] for topic in repartition if topic in longer.records
    }
    for topic in repartition & longer.records.keys():
        on_their_way[topic] = on_their_way[topic] or longer.records[topic][-1:]
    left: dict[str, list[Any]] = defaultdict(list, {topic: list(each) for topic, each in longer.records.items()})
    for part in topology.subtopologies().values():
        if set(part.source_topics) & topology.internal_topics.keys():
            for store in part.stores:
                topic = f"{config.application_id}-{store}-changelog"
                left[topic] = list(shorter.records[topic])
    for step in steps:
        if len(step) > 1:
            left[step[0]].append(_Fed(*step))
    return left, on_their_way


def _handed_on(on_their_way: dict[str, list[Any]], wanted: set[str]) -> list[Step]:
    return [
        (each.topic, each.key, each.value, each.timestamp, each.headers)
        for topic, records in sorted(on_their_way.items())
        if topic in wanted
        for each in records
    ]


@dataclass
class _Fed:
    topic: str
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: Any = ()


def _lost_rows(old: Topology, new: Topology, config: tuple[Config, Config], left: dict[str, list[Any]]) -> list[str]:
    """Changelogs with rows that NEW does not restore, or reads as something else."""
    lost = []
    types = TopicTypes(old, config[0]), TopicTypes(new, config[1])
    changelogs = internal_topics(new, config[1].application_id)
    for store, topic in old.source_changelogs.items():
        if left[topic] and store in new.stores and new.source_changelogs.get(store) != topic:
            lost.append(f"rows of {store}, which came from {topic}")
    for store, topic in types[0].changelogs.items():
        rows = rows_of(types[0], topic, left[topic])
        if not rows:
            continue
        if topic in changelogs:
            if rows_of(types[1], topic, left[topic]) != rows:
                lost.append(f"rows of {store} are read as others")
        elif new.source_changelogs.get(store) not in left:
            lost.append(f"rows of {store}")
    return lost


def _unlike(
    new: Topology, config: Config, own: tuple[dict[str, list[Any]], Ran], other: tuple[dict[str, list[Any]], Ran]
) -> list[str]:
    """Stores that do not end where they would if NEW had run before, too."""
    if other[1].error is not None:
        return [f"the restart failed: {other[1].error}"]
    types = TopicTypes(new, config)
    lost = []
    for store, topic in types.changelogs.items():
        wanted, found = (
            rows_of(types, topic, [*left.get(topic, ()), *ran.records.get(topic, ())]) for left, ran in (own, other)
        )
        if wanted != found:
            lost.append(f"{store} holds {found} instead of {wanted}")
    return lost


def rows_of(types: TopicTypes, topic: str, records: list[Any]) -> dict[str, str]:
    """Key -> value as the types say, the last of each key."""
    kind = types.of(topic)
    found: dict[str, str] = {}
    for each in records:
        if each.key is None:
            continue
        key, value = kind.decoded(each.key, each.value, each.headers)
        if each.value is None:
            found.pop(repr(key), None)
        else:
            found[repr(key)] = repr(value)
    return found
