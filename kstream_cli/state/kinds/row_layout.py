"""How the rows of window and session stores are laid out in a table, so that what expires together lies together.

A row key is the segment's number (8 bytes), a tag byte, and the key as it stands on the changelog: the key's bytes and
a tail that begins with the row's time. A time-first store on disk keeps a second, empty row for each, tagged otherwise,
in which the time comes before the key: a scan over all keys then runs in order of time without sorting the segment.
"""

from __future__ import annotations

from kstream_cli.state.kinds.key_schema import TIME

HEAD = 9
"""Length of what stands before the changelog's key in a row key."""

KEY_FIRST, TIME_FIRST = b"\x00", b"\x01"
"""The tags."""


class Prefixes(dict[int, bytes]):
    """The head of the row keys of each segment, made when first asked for."""

    def __init__(self, tag: bytes) -> None:
        super().__init__()
        self._tag = tag

    def __missing__(self, segment: int) -> bytes:
        if len(self) > 1_000:
            self.clear()
        prefix = self[segment] = TIME.pack(segment) + self._tag
        return prefix


def index_entry(row: bytes, tail: int, first: int) -> bytes:
    """The time-first row that stands for a row with a tail of that length: `first` bytes of it precede the key."""
    at = len(row) - tail
    return row[: HEAD - 1] + TIME_FIRST + row[at : at + first] + row[HEAD:at] + row[at + first :]


def row_of(entry: bytes, tail: int, first: int) -> bytes:
    """The row for which a time-first row stands."""
    key, rest = HEAD + first, len(entry) - tail + first
    return entry[: HEAD - 1] + KEY_FIRST + entry[key:rest] + entry[HEAD:key] + entry[rest:]
