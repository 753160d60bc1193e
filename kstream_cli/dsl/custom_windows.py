"""Windows of your own, each with the size it needs: what to subclass where the built-in windows do not fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from kstream_cli.callables import check_plain
from kstream_cli.errors import TopologyError
from kstream_cli.serde.windowed import LONG_MAX, Window


class Windows(ABC):
    """Windows of your own, for `windowed_by` (Java: a subclass of Windows). Each may have another size.

    Set `size_ms` and `grace_ms`, and write `windows_for`. A timestamp must always have the same windows. Topics and
    stores keep only the start of a window, so `windows_for(start)` must hold the window that begins at `start`.
    Example::

        class Shifts(Windows):
            size_ms = 14 * 3_600_000  # The longest shift.

            def windows_for(self, timestamp):
                day = timestamp // 86_400_000 * 86_400_000
                evening = day + 14 * 3_600_000
                if timestamp < evening:
                    return [Window(day, evening)]
                return [Window(evening, day + 86_400_000)]

        stream.group_by_key().windowed_by(Shifts()).count()
    """

    __slots__ = ()

    size_ms: int
    """The size of the longest window in ms. The store keeps rows for that long, and for the grace period."""
    grace_ms: int = 0
    """How long after its end a window takes late records, in ms."""

    @abstractmethod
    def windows_for(self, timestamp: int) -> Iterable[Window]:
        """The windows [start, end) that contain `timestamp` (ms); none for a record that is to be left out.

        They start at 0 or later, and are no longer than `size_ms`.
        """

    def end_of(self, start: int) -> int:
        """The end (ms) of the window that begins at `start` (ms).

        It is `start + size_ms` where `windows_for` no longer gives such a window, as for rows of an older version.
        """
        longest = min(start + self.size_ms, LONG_MAX)
        return next((end for first, end in self.windows_for(start) if first == start), longest)

    def same_starts(self, timestamp: int) -> tuple[tuple[int, ...], int, int]:
        """The starts for a timestamp, and from when until when (exclusive) others have the same ones.

        Raises TopologyError where `windows_for` does not keep its promises.
        """
        found = sorted(set(self.windows_for(timestamp)))
        for start, end in found:
            if not 0 <= start <= timestamp < end or end - start > self.size_ms or self.end_of(start) != end:
                raise TopologyError(
                    f"{type(self).__qualname__}.windows_for({timestamp}) gave the window from {start} to {end}. A "
                    "window must contain the timestamp, start at 0 or later and be no longer than size_ms "
                    f"({self.size_ms}), and windows_for({start}) must give it as well"
                )
        return tuple(start for start, _ in found), timestamp, timestamp + 1

    @property
    def retention_ms(self) -> int:
        """How long a store must keep rows for these windows."""
        return self.size_ms + self.grace_ms


def check_windows(windows: Windows) -> None:
    """Raise TopologyError where these windows cannot work, whatever the records."""
    check_plain(windows, "windowed_by", methods=("windows_for",), yields=True)
    for name, least in (("size_ms", 1), ("grace_ms", 0)):
        given = getattr(windows, name, None)
        if not isinstance(given, int) or isinstance(given, bool) or given < least:
            raise TopologyError(
                f"{type(windows).__qualname__}.{name} must be a whole number of milliseconds, at least {least}, "
                f"not {given!r}"
            )


__all__ = ["Windows", "check_windows"]
