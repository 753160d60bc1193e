"""The calendar days of a time zone as windows."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Unpack
from zoneinfo import ZoneInfo

from kstream_cli.dsl.custom_windows import Windows
from kstream_cli.dsl.durations import Span, in_ms
from kstream_cli.duration import Duration
from kstream_cli.errors import TopologyError
from kstream_cli.serde.windowed import Window

_DAY = timedelta(days=1)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class DayWindows(Windows):
    """The calendar days of a time zone: 24 hours long, or 23 or 25 where the clocks change.

        stream.group_by_key().windowed_by(DayWindows.of_zone("Europe/Berlin").grace(hours=1)).count()

    A day begins at midnight in that zone, or with its first moment where the clocks skip midnight.
    """

    zone: str
    grace_ms: int = 0
    size_ms: int = field(default=31 * 3_600_000, init=False, repr=False)
    """The longest day that any time zone has had since 1970."""

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, TypeError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError.
            raise TopologyError(
                f"there is no time zone {self.zone!r}: give a name such as Europe/Berlin. A system without a time zone "
                "database needs the package tzdata"
            ) from error
        if self.grace_ms < 0:
            raise TopologyError(f"grace period must not be negative: {self.grace_ms} ms")

    @classmethod
    def of_zone(cls, zone: str) -> DayWindows:
        """The days of a time zone, given by its name. A name that is not known raises TopologyError."""
        return cls(zone)

    def grace(self, grace: Duration | None = None, **span: Unpack[Span]) -> DayWindows:
        """Take late records for that long after a day's end."""
        return replace(self, grace_ms=in_ms("grace period", grace, span))

    def windows_for(self, timestamp: int) -> tuple[Window, ...]:
        """The one day that contains `timestamp` (ms). The day in which 1970 began in UTC starts at 0.

        Raises ValueError for a timestamp in the year 9999 or later.
        """
        return (_day_of(self.zone, timestamp),)

    def end_of(self, start: int) -> int:
        """The end (ms) of the day that contains `start` (ms)."""
        return _day_of(self.zone, start).end

    def same_starts(self, timestamp: int) -> tuple[tuple[int, ...], int, int]:
        """The start of the day, and from when until when others have the same one: the day itself."""
        start, end = _day_of(self.zone, timestamp)
        return (start,), start, end


@lru_cache(maxsize=4096)
def _day_of(zone_name: str, timestamp: int) -> Window:
    zone = ZoneInfo(zone_name)
    try:
        day = datetime.fromtimestamp(timestamp // 1000, zone).date()
        # Clocks that are set back past midnight show the day before once more; it has ended all the same.
        while (end := _beginning(day + _DAY, zone)) <= timestamp:
            day += _DAY
        return Window(max(_beginning(day, zone), 0), end)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"the timestamp {timestamp} ms is in the year 9999 or later, which has no days here") from None


def _beginning(day: date, zone: ZoneInfo) -> int:
    """When a day begins for the first time, in ms. The clocks may show midnight twice, or not at all."""
    midnight = datetime(day.year, day.month, day.day)
    local = (midnight - datetime(1970, 1, 1)) // _MS
    before, after = (_offset_ms(midnight.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if before >= after:
        return local - before
    # The clocks are set forward over midnight: the day begins with the first second that shows it.
    seconds = range((local - after) // 1000, (local - before) // 1000)
    found = bisect_left(seconds, day, key=lambda second: datetime.fromtimestamp(second, zone).date())
    return (seconds.start + found) * 1000


def _offset_ms(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return offset // _MS


__all__ = ["DayWindows"]
