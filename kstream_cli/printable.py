"""Text that is safe to show: what could move a cursor, colour a screen or forge a line is written as an escape."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters: ESC, newline, the one-character CSI
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text around
    "\u2028\u2029"  # separators that some readers take for the end of a line
    "\ud800-\udfff]"  # halves of a character, which no stream can encode
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """`text` on one line, with control characters as escapes such as `\\n`, `\\x1b` or `\\u202e`.

    Keys, values, names and texts of exceptions pass through here before they reach a terminal or a log. Text without
    such characters is returned as it is. Those above ASCII take four digits, as JSON does, so that a JSON text stays
    one.

    >>> printable("red \\x1b[31m")
    'red \\\\x1b[31m'
    """
    return _UNSAFE.sub(_escape, text)


def printable_lines(text: str) -> str:
    """The same, but what is on several lines stays on several lines."""
    return "\n".join(map(printable, text.split("\n")))


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x20 else f"\\u{code:04x}")
