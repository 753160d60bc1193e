"""How row keys of windows and sessions are laid out in bytes, on changelogs as Java writes them."""

from __future__ import annotations

import struct

SEQUENCE_MAX = 0x7FFFFFFF
"""A store that keeps duplicates counts its puts up to here, then starts again at 0."""

TIME = struct.Struct(">q")
"""A time in ms, or the number of a segment."""
START_AND_SEQUENCE = struct.Struct(">qi")
"""What follows the key's bytes in a window store: the window's start and the sequence number."""
END_AND_START = struct.Struct(">qq")
"""What follows the key's bytes in a session store: the session's end, then its start."""

WINDOW_TAIL = START_AND_SEQUENCE.size
SESSION_TAIL = END_AND_START.size

MIN_SEGMENT_INTERVAL_MS = 60_000


def segment_interval(retention_ms: int) -> int:
    """The span of time (ms) whose rows expire together."""
    return max(retention_ms // 2, MIN_SEGMENT_INTERVAL_MS)


def prefix_end(prefix: bytes) -> bytes | None:
    """The smallest bytes above everything that starts with `prefix`; None when there is no such bound."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes((stripped[-1] + 1,)) if stripped else None


def upper_bound(key: bytes, tail: bytes) -> bytes:
    """The largest row key of any key up to `key` when no row's tail is above `tail`.

    A shorter key sorts by its tail where a longer one goes on, so the bound is the largest over all of its prefixes.
    """
    return max(key[:length] + tail for length in range(len(key) + 1))
