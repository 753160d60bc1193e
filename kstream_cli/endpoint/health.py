"""Whether an instance is alive, and whether it is ready: what an orchestrator asks every few seconds."""

from __future__ import annotations

import time

from kstream_cli.runtime.kafka_streams import KafkaStreams
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.threads.stuck_threads import StuckThread, stuck_threads


def not_alive(streams: KafkaStreams, stuck_seconds: float) -> tuple[str, ...]:
    """Why the instance should be started again: it has failed, or something in it has not moved for too long.

    A task is stuck that has input and has processed nothing, a thread that has not ended a turn: it then waits in a
    function of the user's. Nothing of a paused application is.
    """
    if streams.state in (State.ERROR, State.PENDING_ERROR):
        return (f"the application is {streams.state.value}" + (f": {streams.error}" if streams.error else ""),)
    if streams.is_paused or not streams.state.is_running_or_rebalancing:
        return ()
    now = time.time()
    hanging = {each.thread: _hangs(each) for each in stuck_threads(streams.progress(), now, stuck_seconds)}
    return tuple(
        reason
        for thread in streams.progress()
        for reason in ([hanging[thread.thread]] if thread.thread in hanging else _stands(thread, now, stuck_seconds))
    )


def _hangs(thread: StuckThread) -> str:
    tasks = ", ".join(thread.tasks) or "none"
    at = "" if thread.at is None else f", at {thread.at}"
    return f"thread {thread.thread} has not ended a turn for {thread.seconds:.0f} s (its tasks: {tasks}){at}"


def _stands(thread: ThreadProgress, now: float, seconds: float) -> list[str]:
    if thread.state == "DEAD":
        return []
    return [
        f"task {task.task} has not moved for {now - task.last_progress:.0f} s, with {task.lag:,} records to process"
        for task in thread.tasks
        if task.lag and task.last_progress is not None and now - task.last_progress > seconds
    ]


def not_ready(streams: KafkaStreams) -> tuple[str, ...]:
    """Why the instance does not do its work yet: it does not run, or a task of it is still being restored."""
    reasons = [] if streams.state is State.RUNNING else [f"the application is {streams.state.value}"]
    for thread in streams.progress():
        for task in thread.tasks:
            for store in task.restoring:
                left = "" if store.remaining is None else f": {store.remaining:,} records are left"
                reasons.append(f"task {task.task} restores store {store.store}{left}")
    return tuple(reasons)
