"""The line that a run ends with: what it did in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from kstream_cli.printable import printable
from kstream_cli.runtime.threads.progress import TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.thread_summary import counted


def summary_line(name: str, threads: Sequence[ThreadProgress], seconds: float) -> str:
    """`app: 1,200 records in, 900 out, 297 filtered, 3 dropped (null key 3), stream time 2026-11-30 09:00:00, 4 commits
    in 1:05`. What is not known is left out."""
    dropped: Counter[str] = Counter()
    for thread in threads:
        dropped.update(dict(thread.dropped))
    reasons = reasons_text(dropped)
    sent, filtered = _sum(thread.sent for thread in threads), _sum(thread.filtered for thread in threads)
    held = sum(count for _, count, _ in held_by(task for thread in threads for task in thread.tasks))
    time = max((thread.stream_time for thread in threads), default=-1)
    minutes, seconds = divmod(int(seconds), 60)
    parts = [
        f"{counted(sum(thread.processed for thread in threads), 'record')} in",
        *([] if sent is None else [f"{sent:,} out"]),
        *([] if not filtered else [f"{filtered:,} filtered"]),
        f"{dropped.total():,} dropped" + (f" ({reasons})" if reasons else ""),
        *([f"{held:,} held"] if held else []),
        *([] if time < 0 else [f"stream time {stream_time_text(time)}"]),
        f"{counted(sum(thread.commits for thread in threads), 'commit')} in {minutes}:{seconds:02}",
    ]
    return f"{printable(name)}: {', '.join(parts)}"


def reasons_text(dropped: Counter[str]) -> str:
    """`null key 3, late 1`: the most frequent first."""
    return ", ".join(f"{printable(reason)} {count:,}" for reason, count in dropped.most_common())


def held_by(tasks: Iterable[TaskProgress]) -> list[tuple[str, int, int]]:
    """Store, number and earliest time (ms) of what suppress holds back, all tasks together."""
    found: dict[str, tuple[int, int]] = {}
    for task in tasks:
        for store, count, time in task.held:
            before = found.get(store, (0, time))
            found[store] = before[0] + count, min(before[1], time)
    return [(store, count, time) for store, (count, time) in found.items()]


def stream_time_text(time: int) -> str:
    """A stream time (ms) as a local time; as a number where there is no such time."""
    try:
        return f"{datetime.fromtimestamp(time / 1000):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return f"{time:,} ms"


def _sum(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else sum(count or 0 for count in known)
