"""Which headers a result has that is made of several records: an aggregate, or what a join gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kstream_cli.callables import check_function
from kstream_cli.errors import TopologyError
from kstream_cli.record import Headers, checked_headers

HeadersFunction: TypeAlias = Callable[[Headers, Headers], Any]
"""(headers so far, a record's), or (left, right) in a join -> headers of the result; () stands for what is missing."""
HeadersOption: TypeAlias = Literal["newest"] | HeadersFunction | None
"""`"newest"`: those of the record that the result has its timestamp from. None: as in Kafka Streams."""

Pick: TypeAlias = Callable[[Headers, int, Headers, int], Headers]
"""(this record's headers, its time, the headers found, their time) -> the result's headers."""

NOTHING_FOUND = -1
"""The time of headers that there are none of."""


@dataclass(frozen=True, slots=True)
class ResultHeaders:
    """A rule: the newest record's headers, or what a function makes of both."""

    function: HeadersFunction | None = None

    @classmethod
    def of(cls, option: HeadersOption) -> ResultHeaders | None:
        """The rule that `headers=` asks for. Raises TopologyError for what is none."""
        if option is None:
            return None
        if isinstance(option, str):
            if option.lower() != "newest":
                raise TopologyError(
                    f"headers= takes 'newest', or a function of two sequences of headers, not {option!r}"
                )
            return cls()
        check_function(option, "headers", "these", "those")
        return cls(option)

    def merged(self, *, is_left: bool = False) -> Pick:
        """The rule as a function. `is_left`: this record's headers are what the user's function takes first."""
        function = self.function
        if function is None:
            return _newest
        if is_left:
            return lambda this, time, found, found_time: checked_headers(function(this, found))
        return lambda this, time, found, found_time: checked_headers(function(found, this))


def _newest(this: Headers, time: int, found: Headers, found_time: int) -> Headers:
    """Of two as old as each other, the one that is being processed."""
    return this if time >= found_time else found
