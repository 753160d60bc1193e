"""What a comparison finds: one finding for each change, and the verdict on all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from kstream_cli.described.model import Position

Level: TypeAlias = Literal["safe", "careful", "breaking"]
LEVELS: tuple[Level, ...] = ("breaking", "careful", "safe")
"""The worst first."""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One change: `subject` is the store, topic, node or setting that it is about.

    `affects` lists what comes after the subject and changes with it. `allowed` is the reason that a comment in the
    code gives; such a finding does not count for the verdict.
    """

    id: str
    level: Level
    title: str
    subject: str
    message: str
    remedy: str | None = None
    position: Position | None = None
    affects: tuple[str, ...] = ()
    allowed: str | None = None


def verdict(findings: Iterable[Finding]) -> Level:
    """The worst level of the findings that no comment allows."""
    levels = {finding.level for finding in findings if finding.allowed is None}
    return next((level for level in LEVELS if level in levels), "safe")


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by level, number and subject; those that are allowed come last."""
    return tuple(
        sorted(findings, key=lambda each: (each.allowed is not None, LEVELS.index(each.level), each.id, each.subject))
    )


__all__ = ["LEVELS", "Finding", "Level", "verdict", "worst_first"]
