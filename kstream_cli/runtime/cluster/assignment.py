"""Which input partitions make up a task, and which of them carries it through the consumer group.

librdkafka has no custom assignor. So the group only ever assigns the partitions of each subtopology's carrier: its
source topic with the most partitions. Whoever gets a carrier's partition runs that task and takes the same-numbered
partitions of the subtopology's other source topics along, so that co-partitioned data always meets in one task.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kstream_cli.clusters import cluster_of, stand_in
from kstream_cli.task.partition import Partition
from kstream_cli.task.task_id import TaskId


@dataclass(frozen=True)
class Placement:
    """Carriers and input topics of all subtopologies, under their names on the broker."""

    carriers: Mapping[str, int]
    """Carrier topic -> subtopology."""
    inputs: Mapping[int, Mapping[str, int]]
    """Subtopology -> its source topics and their partition counts."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Source topic of another cluster -> the home topic that stands for it in the group."""

    @property
    def subscription(self) -> list[str]:
        return sorted(self.carriers)

    def task(self, topic: str, partition: int) -> TaskId:
        """The task that a carrier's partition stands for."""
        return TaskId(self.carriers[topic], partition)

    def partitions(self, task: TaskId) -> tuple[Partition, ...]:
        """The input partitions of a task."""
        return tuple(
            (topic, task.partition) for topic, count in self.inputs[task.subtopology].items() if task.partition < count
        )

    def tasks(self, carried: Iterable[Partition]) -> list[TaskId]:
        """The tasks that the given partitions of carriers stand for."""
        return sorted(self.task(topic, partition) for topic, partition in carried)

    def same_carriers(self, other: Placement) -> bool:
        """Whether the group's assignments mean the same tasks in both."""
        return self.carriers == other.carriers

    @property
    def topics(self) -> dict[str, int]:
        """All input topics and their partition counts."""
        return {topic: count for topics in self.inputs.values() for topic, count in topics.items()}

    @property
    def riders(self) -> set[str]:
        """Input topics whose partitions the group does not assign: their tasks are carried by wider ones."""
        topics = {topic for topics in self.inputs.values() for topic in topics}
        return {self.stand_ins.get(topic, topic) for topic in topics} - self.carriers.keys()

    def task_counts(self) -> dict[int, int]:
        """Subtopology -> how many tasks it has."""
        return {number: max(topics.values()) for number, topics in self.inputs.items()}

    def task_count(self) -> int:
        return sum(self.task_counts().values())


class CurrentPlacement:
    """The placement of an instance's tasks now: the cluster's topics may change while it runs.

    Written by one thread. Each stream thread takes a new placement up between two steps.
    """

    def __init__(self, placement: Placement) -> None:
        self.placement = placement
        self._at_start = placement.topics
        self.is_agreed = threading.Event()
        """Not set while members of the group may still go by other carriers: their tasks would be run twice."""
        if not placement.riders:
            self.is_agreed.set()

    def is_new(self, topic: str, partition: int) -> bool:
        """Whether an input partition was not there yet when the instance started."""
        return partition >= self._at_start.get(topic, 0)

    def replace(self, placement: Placement) -> None:
        if not placement.same_carriers(self.placement):
            self.is_agreed.clear()
        self.placement = placement


def place(sources: Mapping[int, Iterable[str]], partitions: Mapping[str, int], application_id: str) -> Placement:
    """Choose the carriers, the same ones in every process: the widest topic, then the first by name.

    The carrier is at home, where the group is: a topic of another cluster has its stand-in there.
    """
    inputs = {
        subtopology: {topic: partitions[topic] for topic in sorted(topics)} for subtopology, topics in sources.items()
    }
    carriers = {
        stand_in(min(topics, key=lambda topic: (-topics[topic], topic)), application_id): subtopology
        for subtopology, topics in inputs.items()
        if topics
    }
    return Placement(
        carriers,
        {subtopology: topics for subtopology, topics in inputs.items() if topics},
        {
            topic: stand_in(topic, application_id)
            for topics in inputs.values()
            for topic in topics
            if cluster_of(topic) is not None
        },
    )
