"""The line that a run ends with: what it did in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from kstream_cli.printable import printable
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.thread_summary import counted


def summary_line(name: str, threads: Sequence[ThreadProgress], seconds: float) -> str:
    """`app: 1,200 records in, 3 dropped (null key 3), stream time 2026-11-30 09:00:00, 4 commits in 1:05`."""
    dropped: Counter[str] = Counter()
    for thread in threads:
        dropped.update(dict(thread.dropped))
    reasons = ", ".join(f"{printable(reason)} {count:,}" for reason, count in dropped.most_common())
    time = max((thread.stream_time for thread in threads), default=-1)
    minutes, seconds = divmod(int(seconds), 60)
    parts = [
        f"{counted(sum(thread.processed for thread in threads), 'record')} in",
        f"{dropped.total():,} dropped" + (f" ({reasons})" if reasons else ""),
        *([] if time < 0 else [f"stream time {stream_time_text(time)}"]),
        f"{counted(sum(thread.commits for thread in threads), 'commit')} in {minutes}:{seconds:02}",
    ]
    return f"{printable(name)}: {', '.join(parts)}"


def stream_time_text(time: int) -> str:
    """A stream time (ms) as a local time; as a number where there is no such time."""
    try:
        return f"{datetime.fromtimestamp(time / 1000):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return f"{time:,} ms"
