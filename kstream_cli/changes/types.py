"""Types of keys and values on both sides: their serdes, the fields of their JSON, the code of a user's own serde."""

from __future__ import annotations

from collections.abc import Iterator

from kstream_cli.changes.finding import LEVELS, Level
from kstream_cli.changes.json_types import TypeChange, changed_keys, changed_values
from kstream_cli.changes.sides import Sides, serde_in
from kstream_cli.described.model import DescribedNode, DescribedStore, Form

Typed = DescribedNode | DescribedStore


def retyped(sides: Sides, old: Typed, new: Typed) -> tuple[Level, str] | None:
    """What becomes of keys and values that the old one wrote, in words, and how bad that is; None: nothing."""
    found = [change for part in ("key", "value") for change in _part(sides, part, old, new)]
    if not found:
        return None
    worst = min((change.level for change in found), key=LEVELS.index)
    return worst, "; ".join(dict.fromkeys(change.text for change in found))


def _part(sides: Sides, part: str, old: Typed, new: Typed) -> Iterator[TypeChange]:
    was, is_now = serde_in(sides.old, getattr(old, part), part), serde_in(sides.new, getattr(new, part), part)
    before: Form | None = getattr(old, f"{part}_form")
    after: Form | None = getattr(new, f"{part}_form")
    if before and after and before.json and after.json and before.around == after.around:
        if part == "key":
            yield from _of_part(part, changed_keys(before.json, after.json))
        else:
            yield from _of_part(part, _upgraded(changed_values(before.json, after.json), after))
        yield from _upgrades(sides, part, before, after)
    elif was != is_now:
        words = f"{part}s go from {was or 'the default type'} to {is_now or 'the default type'}"
        yield TypeChange("breaking", words, is_read=False)
    if sides.same_python and before and after and before.code != after.code:
        yield TypeChange("careful", f"the serde of the {part}s has changed, and may not read the existing bytes")


def _of_part(part: str, changes: list[TypeChange]) -> Iterator[TypeChange]:
    for change in changes:
        yield TypeChange(change.level, f"{part}s: {change.text}", change.is_read)


def _upgraded(changes: list[TypeChange], form: Form) -> list[TypeChange]:
    """What the type cannot read is given to its upgrade function."""
    if form.upgrade is None or all(change.is_read for change in changes):
        return changes
    return [
        TypeChange("careful", f"{change.text} (upgrade={form.upgrade.name} is given old ones)")
        if change.level == "breaking"
        else change
        for change in changes
    ]


def _upgrades(sides: Sides, part: str, old: Form, new: Form) -> Iterator[TypeChange]:
    if old.upgrade is None:
        return
    if new.upgrade is None:
        yield TypeChange("careful", f"{part}s no longer have an upgrade function, which rows in an older form need")
    elif sides.same_python and old.upgrade.hash != new.upgrade.hash:
        yield TypeChange("careful", f"the upgrade function of the {part}s has changed")


__all__ = ["retyped"]
