"""What there is to say of one kind of finding, whatever has made it."""

from __future__ import annotations

from dataclasses import dataclass

from kstream_cli.changes.finding import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of finding. `levels` are those that it can have, the usual one first."""

    id: str
    title: str
    levels: tuple[Level, ...]
    example: str
    why: str
    remedy: str
