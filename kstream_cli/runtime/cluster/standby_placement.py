"""Which instance keeps a standby copy of which task, worked out alike by every instance from what the group shows.

The classic protocol places active tasks only, so standbys are placed by rendezvous hashing over the live instances: few
of them move when an instance comes or goes. The group does not know of them, so a takeover finds a warm copy for sure
only where every other instance has one: with two instances, or with as many replicas as there are others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.cluster.group_members import members, owned_tasks
from kstream_cli.task.task_id import TaskId


def owners(admin: KafkaAdmin, group: str, placement: Placement) -> dict[str, set[TaskId]] | None:
    """Instance (by its client id) -> the tasks it runs; None while the group rebalances or cannot be asked."""
    found = members(admin, group)
    return None if found is None else owned_tasks(found, placement)


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
