"""Where reading a topic begins, in kcat's letters: `beginning`, `end`, `-10`, `1234` or `@2026-11-30T09:00`."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from kstream_cli.errors import ConfigError

Kind: TypeAlias = Literal["beginning", "end", "last", "offset", "time"]
_EXAMPLES = "beginning, end, -10 (the last ten), 1234 (an offset), @2026-11-30T09:00 or @1764493200000 (a time)"


@dataclass(frozen=True, slots=True)
class StartPosition:
    """A place in each partition of a topic."""

    kind: Kind
    number: int = 0
    """How many records for `last`, the offset for `offset`, milliseconds since 1970 for `time`."""

    @classmethod
    def parse(cls, text: str) -> StartPosition:
        """Read a position. A time without a zone is local. Raises ConfigError with examples.

        Example:
            >>> StartPosition.parse("-10")
            StartPosition(kind='last', number=10)
        """
        given = text.strip()
        if given in ("beginning", "end"):
            return cls("beginning" if given == "beginning" else "end")
        if given.startswith("@"):
            return cls("time", milliseconds(given[1:]))
        if given.startswith("-") and given[1:].isdigit():
            return cls("last", int(given[1:]))
        if given.isdigit():
            return cls("offset", int(given))
        raise ConfigError(f"{text!r} is no place in a topic: {_EXAMPLES}")

    @classmethod
    def of_moment(cls, text: str) -> StartPosition:
        """An offset, or a time as `moment` takes it. Raises ConfigError with examples.

        Example:
            >>> StartPosition.of_moment("1234")
            StartPosition(kind='offset', number=1234)
        """
        given = text.strip()
        return cls("offset", int(given)) if given.isdigit() else cls("time", moment(given.removeprefix("@")))


_AGO = re.compile(r"(\d+)(s|m|h|d)")
_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def moment(text: str) -> int:
    """A time as milliseconds since 1970: as `milliseconds` takes it, or how long ago it was: 30s, 10m, 2h, 1d."""
    ago = _AGO.fullmatch(text)
    if ago is None:
        return milliseconds(text)
    return int(time.time() * 1000) - int(ago[1]) * _UNIT_MS[ago[2]]


def milliseconds(text: str) -> int:
    """A time as milliseconds since 1970: given so, or as ISO 8601, local where it names no zone."""
    if text.isdigit():
        return int(text)
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(f"{text!r} is no time: give ISO 8601 such as 2026-11-30T09:00, or milliseconds") from None
