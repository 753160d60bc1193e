"""How a store lays out and keeps its rows: what the new one makes of the old one's."""

from __future__ import annotations

from kstream_cli.changes.finding import Level
from kstream_cli.changes.sides import Sides, differs, place_of
from kstream_cli.changes.types import retyped
from kstream_cli.described.model import DescribedStore, Position, Windows

_RESTORED: dict[tuple[str | None, str | None], str] = {
    ("key-value", "versioned"): ": the rows that there are come back, and the past begins with them",
    ("versioned", "key-value"): ": a row that came late may come back in place of a newer one",
}
"""Kinds whose changelogs hold the same, and what is said of it."""


def compare_layout(sides: Sides, old: DescribedStore, new: DescribedStore) -> None:
    """Report what is different of a store that both topologies have."""
    position = place_of([*sides.after.fillers(old.name), *sides.after.users(old.name)])
    affects = sides.after.after(node.name for node in sides.after.fillers(new.name))
    if differs(old.kind, new.kind):
        level: Level = "careful" if (old.kind, new.kind) in _RESTORED else "breaking"
        message = f"it was a {old.kind} store and is a {new.kind} store{_RESTORED.get((old.kind, new.kind), '')}"
        sides.report("KS106", new.name, message, level=level, position=position, affects=affects)
    else:
        _windows(sides, old, new, position, affects)
        _times(sides, old, new, position)
    _types(sides, old, new, position, affects)
    _changelog(sides, old, new, position, affects)
    _keeping(sides, old, new, position)


def _windows(
    sides: Sides, old: DescribedStore, new: DescribedStore, position: Position | None, affects: tuple[str, ...]
) -> None:
    was = next((node.windows for node in sides.before.users(old.name) if node.windows), None)
    is_now = next((node.windows for node in sides.after.users(new.name) if node.windows), None)
    size = differs(old.window_size_ms, new.window_size_ms)
    if was is None or is_now is None:
        if size and was is is_now:
            message = f"the size of its windows goes from {old.window_size_ms} to {new.window_size_ms} ms"
            message += ": rows are found by their start, and their end is computed differently"
            sides.report("KS107", new.name, message, level="careful", position=position, affects=affects)
        return
    steps = {"tumbling", "hopping"}
    other_kind = was.kind != is_now.kind and not {was.kind, is_now.kind} <= steps
    breaks = other_kind or any(differs(*each) for each in zip(_division(was), _division(is_now), strict=True))
    if breaks or _shape(was) != _shape(is_now):
        level: Level = "breaking" if breaks else "careful"
        message = f"windows go from {_words(was)} to {_words(is_now)}"
        sides.report("KS107", new.name, message, level=level, position=position, affects=affects)
    if was.emit != is_now.emit:
        message = f"results come {_EMITS[is_now.emit]} instead of {_EMITS[was.emit]}"
        sides.report("KS108", new.name, message, position=position)
    if differs(was.grace_ms, is_now.grace_ms):
        message = f"grace goes from {was.grace_ms} to {is_now.grace_ms} ms"
        sides.report("KS108", new.name, message, position=position)


_EMITS = {"on_update": "with each update", "on_close": "when a window closes"}


def _division(windows: Windows) -> tuple[object, ...]:
    """What decides on where windows begin and end."""
    return windows.size_ms, windows.zone, windows.name, windows.start_ms


def _shape(windows: Windows) -> tuple[object, ...]:
    return windows.kind, windows.advance_ms, windows.gap_ms, windows.before_ms, windows.after_ms


def _words(windows: Windows) -> str:
    spans: dict[str, int | None] = {"size": windows.size_ms, "advance": windows.advance_ms, "gap": windows.gap_ms}
    spans |= {"before": windows.before_ms, "after": windows.after_ms}
    spans |= {"start": windows.start_ms or None}
    words = [windows.kind, *(word for word in (windows.name, windows.zone) if word is not None)]
    return " ".join([*words, *(f"{name} {span} ms" for name, span in spans.items() if span is not None)])


def _times(sides: Sides, old: DescribedStore, new: DescribedStore, position: Position | None) -> None:
    if differs(old.retention_ms, new.retention_ms):
        effect = "older rows are dropped"
        if (new.retention_ms or 0) > (old.retention_ms or 0):
            effect = "rows stay longer, and so they must in the changelog, which keeps its retention.ms"
        message = f"retention goes from {old.retention_ms} to {new.retention_ms} ms: {effect}"
        sides.report("KS108", new.name, message, position=position)
    was = next((node.wait_ms for node in sides.before.users(old.name) if node.wait_ms is not None), None)
    is_now = next((node.wait_ms for node in sides.after.users(new.name) if node.wait_ms is not None), None)
    if differs(was, is_now):
        message = f"updates are held back for {is_now} instead of {was} ms"
        sides.report("KS108", new.name, message, position=position)
    first, now = (
        next((node.emit_on_idle_ms for node in side.users(old.name) if node.emit_on_idle_ms is not None), None)
        for side in (sides.before, sides.after)
    )
    if first != now:
        message = f"without traffic, results come out {_idle(now)} instead of {_idle(first)}"
        sides.report("KS108", new.name, message, position=position)
    if differs(old.grace_ms, new.grace_ms):
        sides.report("KS108", new.name, f"grace goes from {old.grace_ms} to {new.grace_ms} ms", position=position)


def _idle(ms: int | None) -> str:
    return "with the next records" if ms is None else f"by the wall clock after {ms} ms"


def _types(
    sides: Sides, old: DescribedStore, new: DescribedStore, position: Position | None, affects: tuple[str, ...]
) -> None:
    if not old.says_types or not new.says_types:
        return
    if (found := retyped(sides, old, new)) is not None:
        level, message = found
        sides.report("KS109", new.name, message, level=level, position=position, affects=affects)


def _changelog(
    sides: Sides, old: DescribedStore, new: DescribedStore, position: Position | None, affects: tuple[str, ...]
) -> None:
    if old.logging is None or new.logging is None:
        return
    if old.changelog_is_source != new.changelog_is_source:
        if new.changelog_is_source:
            message = "its source topic is its changelog now; it is complete if that topic keeps all keys"
            sides.report("KS112", new.name, message, level="careful", position=position)
        else:
            message = "it gets its own changelog, which is empty: the table starts empty"
            sides.report("KS112", new.name, message, position=position, affects=affects)
        return
    if new.changelog_is_source and differs(old.changelog, new.changelog):
        message = f"it is restored from {new.changelog} instead of {old.changelog}"
        sides.report("KS112", new.name, message, position=position, affects=affects)
    if old.logging and new.logging and old.changelog_config != new.changelog_config:
        names = sorted(
            name
            for name in old.changelog_config.keys() | new.changelog_config.keys()
            if old.changelog_config.get(name) != new.changelog_config.get(name)
        )
        message = f"{', '.join(names)} of its changelog differ: the topic that is there keeps its own"
        sides.report(
            "KS116", new.name, message, level="careful" if "cleanup.policy" in names else "safe", position=position
        )
    if old.logging and not new.logging:
        message = "it no longer has a changelog: its rows are not restored"
        sides.report("KS110", new.name, message, position=position, affects=affects)
    if new.logging and not old.logging:
        message = "its changelog is new and empty: rows from before are not in it"
        sides.report("KS110", new.name, message, level="careful", position=position)


def _keeping(sides: Sides, old: DescribedStore, new: DescribedStore, position: Position | None) -> None:
    if differs(old.caching, new.caching):
        message = f"its cache is {'on' if new.caching else 'off'}"
        sides.report("KS111", new.name, message, position=position)
    if differs(old.persistent, new.persistent):
        message = f"it is kept {'on disk' if new.persistent else 'in memory'}"
        sides.report("KS114", new.name, message, level=_without_changelog(old, new), position=position)
    if differs(old.timestamped, new.timestamped):
        message = f"its rows are {'' if new.timestamped else 'not '}kept with timestamps"
        sides.report("KS114", new.name, message, level="careful", position=position)
    if old.max_entries != new.max_entries and (old.logging is not None or old.max_entries is not None):
        message = f"it keeps {new.max_entries or 'all'} instead of {old.max_entries or 'all'} entries"
        sides.report("KS114", new.name, message, level="careful", position=position)
    if old.retain_duplicates != new.retain_duplicates and old.logging is not None and new.logging is not None:
        message = f"it keeps {'all' if new.retain_duplicates else 'one'} of the records with one key and time"
        sides.report("KS106", new.name, message, position=position)


def _without_changelog(old: DescribedStore, new: DescribedStore) -> Level:
    return "careful" if old.logging is False or new.logging is False else "safe"
