"""Records as the native consumer gives them, in Python: read one after the other by something that stands for each."""

from __future__ import annotations

from collections import deque
from typing import Any

from kstream_cli.record import NO_HEADERS
from kstream_cli.task.record_producer import KEY_IS_TEXT, VALUE_IS_TEXT


class Run(list):
    """Records of one partition that were fetched together."""

    def waiting(self) -> Records:
        return Records()


class Records(deque):
    """What waits for its task."""

    def read(self, count: int, text: int) -> Reader:
        return Reader(self, count, text)


class Reader:
    def __init__(self, records: Records, count: int, text: int) -> None:
        self._records, self._left, self._text = records, count, text
        self._last: Any = None

    def __iter__(self) -> Reader:
        return self

    def __next__(self) -> tuple[Any, Any, int, Any]:
        if not self._left or not self._records:
            raise StopIteration
        self._left -= 1
        self._last = last = self._records.popleft()
        key, value = self._part(last.key(), KEY_IS_TEXT), self._part(last.value(), VALUE_IS_TEXT)
        return key, value, last.timestamp()[1], last.headers() or NO_HEADERS

    def __getattr__(self, name: str) -> Any:
        """An accessor of the record given last."""
        return getattr(self._last, name) if self._last is not None else lambda: None

    def message(self) -> Any:
        return self._last

    def _part(self, data: bytes | None, is_text: int) -> Any:
        return data.decode("utf-8", "replace") if self._text & is_text and data is not None else data
