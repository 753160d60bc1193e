"""Makes the snapshot of a stream thread from its parts, on that thread."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from confluent_kafka import KafkaException, TopicPartition

from kstream_cli.runtime.threads.new_task import NewTask
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.thread_clients import ThreadClients
from kstream_cli.task.partition import Partition
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId


def progress_of(name: str, state: ThreadState, clients: ThreadClients) -> ThreadProgress:
    """What the thread is doing now."""
    tasks = clients.tasks
    starting = tuple(_starting(new, clients) for new in tasks.starting)
    running = tuple(_running(task, clients) for task in tasks.running.values())
    dropped = tasks.past.dropped.copy()
    for task in running:
        dropped.update(dict(task.dropped))
    return ThreadProgress(
        thread=name,
        state=state.value,
        time=time.time(),
        processed=tasks.past.processed + sum(task.processed for task in running),
        commits=clients.committer.commits,
        tasks=tuple(sorted((*starting, *running), key=lambda task: task.task)),
        dropped=tuple(dropped.items()),
        stream_time=max((tasks.past.stream_time, *(task.stream_time for task in running))),
        sent=_sum(tasks.past.sent, (task.sent for task in running)),
        filtered=_sum(tasks.past.filtered, (task.filtered for task in running)),
    )


def _starting(new: NewTask, clients: ThreadClients) -> TaskProgress:
    restoring = tuple(
        RestoreProgress(each.store, each.topic, each.partition, each.restored, each.remaining, each.began)
        for each in clients.reader.restoring
        if each.task.id == new.id
    )
    partitions = clients.tasks.placement.partitions(new.id)
    state, away = "restoring" if restoring else "starting", _away(new.id, clients)
    return TaskProgress(str(new.id), state, partitions, restoring=restoring, away=away)


def _running(task: StreamTask, clients: ThreadClients) -> TaskProgress:
    tasks, ends = clients.tasks, _ends(task, clients)
    processed = tasks.processed.get(task.id, 0)
    away = _away(task.id, clients)
    return TaskProgress(
        task=str(task.id),
        state=task.state.value,
        partitions=task.inputs,
        processed=processed,
        lag=_lag(task, clients, ends) if away is None else None,
        last_commit=clients.committer.committed_at.get(task.id),
        last_progress=tasks.progressed_at.get(task.id),
        committed=tuple(
            (*key, entry[0]) for key in task.inputs if (entry := clients.committer.committed.get(key)) is not None
        ),
        ends=tuple((*key, offset) for key, offset in ends.items()),
        dropped=tuple(task.context.drops.by_reason.items()),
        stream_time=task.context.stream_time,
        sent=task.collector.sent,
        filtered=task.filtered(processed),
        held=task.held,
        waits_for=task.waits_for(),
        away=away,
    )


def _sum(before: int | None, counts: Iterable[int | None]) -> int | None:
    total = before
    for count in counts:
        if total is None or count is None:
            return None
        total += count
    return total


def _away(task: TaskId, clients: ThreadClients) -> str | None:
    """A cluster that the task needs and that is away: nobody knows what has come there."""
    return None if clients.outages is None else clients.outages.needed(task)


def _ends(task: StreamTask, clients: ThreadClients) -> dict[Partition, int]:
    """The end of each input partition, as of the last fetch, where it is known."""
    ends = {}
    for key in task.inputs:
        if key in clients.tasks.positions:
            ends[key] = clients.tasks.positions[key]
            continue
        try:
            _, high = clients.consumer.get_watermark_offsets(TopicPartition(*key), cached=True)
        except KafkaException:
            continue
        if high >= 0:
            ends[key] = high
    return ends


def _lag(task: StreamTask, clients: ThreadClients, ends: Mapping[Partition, int]) -> int | None:
    """Records on the broker, as of the last fetch, that the task has not processed."""
    total = 0
    for key in task.inputs:
        total += task.buffered(*key)
        if key in clients.tasks.positions:
            continue
        try:
            [position] = clients.consumer.position([TopicPartition(*key)])
        except KafkaException:
            return None
        if key not in ends or position.offset < 0:
            return None
        total += max(0, ends[key] - position.offset)
    return total
