"""Which instance keeps a standby copy of which task, worked out alike by every instance from what the group shows.

The classic protocol places active tasks only, so standbys are placed by rendezvous hashing over the live instances: few
of them move when an instance comes or goes. The group does not know of them, so a takeover finds a warm copy for sure
only where every other instance has one: with two instances, or with as many replicas as there are others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from confluent_kafka import ConsumerGroupState, KafkaException

from kstream_cli.runtime.assignment import Placement
from kstream_cli.task.task_id import TaskId

DESCRIBE_SECONDS = 5.0
_THREAD = re.compile(r"-StreamThread-\d+-consumer$")


def owners(admin: Any, group: str, placement: Placement) -> dict[str, set[TaskId]] | None:
    """Instance (by its client id) -> the tasks it runs; None while the group rebalances or cannot be asked."""
    try:
        described = admin.describe_consumer_groups([group], request_timeout=DESCRIBE_SECONDS)[group].result()
    except KafkaException:
        return None
    if described.state is not ConsumerGroupState.STABLE:
        return None
    found: dict[str, set[TaskId]] = {}
    for member in described.members:
        tasks = found.setdefault(_THREAD.sub("", member.client_id), set())
        for each in member.assignment.topic_partitions:
            if each.topic in placement.carriers:
                tasks.add(placement.task(each.topic, each.partition))
    return found


def standbys_of(
    instance: str, owned: Mapping[str, set[TaskId]], stateful: Iterable[TaskId], replicas: int
) -> set[TaskId]:
    """The tasks of which `instance` is to keep a copy."""
    chosen = set()
    for task in stateful:
        others = [name for name, tasks in owned.items() if task not in tasks]
        if instance in sorted(others, key=lambda name: _weight(name, task))[:replicas]:
            chosen.add(task)
    return chosen


def _weight(instance: str, task: TaskId) -> bytes:
    return blake2b(f"{instance}/{task}".encode(), digest_size=8).digest()
