"""What an application says of itself while it runs: plain data, made by its threads now and then."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RestoreProgress:
    """A store on its way back from its changelog."""

    store: str
    topic: str
    partition: int
    restored: int
    remaining: int | None
    """None until the changelog's end is known."""
    began: float | None = None
    """Seconds since the epoch: when it began to be restored."""

    def seconds_left(self, now: float) -> float | None:
        """How long it takes yet, at the pace so far; None where that cannot be told yet."""
        if self.began is None or self.remaining is None or not self.restored:
            return None
        return self.remaining * max(now - self.began, 0.0) / self.restored


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """One task; `lag` is how many records wait on the broker and in memory, None while that is not known."""

    task: str
    state: str
    partitions: tuple[tuple[str, int], ...]
    processed: int = 0
    lag: int | None = None
    last_commit: float | None = None
    """Seconds since the epoch."""
    last_progress: float | None = None
    """Seconds since the epoch: when it last processed a record, or had nothing left to process."""
    restoring: tuple[RestoreProgress, ...] = ()
    copies: tuple[RestoreProgress, ...] = ()
    """Of a standby task: how far its stores are behind their changelogs."""
    committed: tuple[tuple[str, int, int], ...] = ()
    """(topic, partition, offset) of what this thread committed last."""
    ends: tuple[tuple[str, int, int], ...] = ()
    """(topic, partition, offset) of the ends of the inputs, as of the last fetch; those not known yet are left out."""
    dropped: tuple[tuple[str, int], ...] = ()
    """(reason, number) of records that the task has dropped."""
    stream_time: int = -1
    """The largest timestamp seen, in ms; -1 before the first record."""
    sent: int | None = None
    """Records that its sinks have sent; None where the Kafka client does not count."""
    filtered: int | None = None
    """Records that filters dropped; None where that cannot be told from the other counts."""
    held: tuple[tuple[str, int, int], ...] = ()
    """(store, number, earliest time in ms) of changes that suppress holds back."""
    waits_for: tuple[tuple[str, int], ...] = ()
    """Empty input partitions for which records of others wait (`max.task.idle.ms`)."""
    away: str | None = None
    """A cluster beside home that the task needs, and that does not answer."""


@dataclass(frozen=True, slots=True)
class ThreadProgress:
    """One stream thread, as of `time` (seconds since the epoch)."""

    thread: str
    state: str
    time: float
    processed: int = 0
    commits: int = 0
    tasks: tuple[TaskProgress, ...] = field(default=())
    dropped: tuple[tuple[str, int], ...] = ()
    """(reason, number) of records dropped, by tasks that the thread has given up, too."""
    stream_time: int = -1
    """The largest of all its tasks had or have, in ms."""
    sent: int | None = None
    """Records sent by the sinks of all its tasks, those that it has given up among them."""
    filtered: int | None = None
    """Records that filters dropped; None where that cannot be told of each of its tasks."""
