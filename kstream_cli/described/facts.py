"""What operators, stores and serdes say of themselves, in the words of the described topology."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, Literal

from kstream_cli.described.model import DescribedStore, Windows
from kstream_cli.state.store import StoreBuilder

_KINDS = {
    "KeyValue": "key-value",
    "Window": "window",
    "Session": "session",
    "Versioned": "versioned",
    "SuppressBuffer": "suppress buffer",
    "TimeOrderedBuffer": "join buffer",
}

Side = Literal["inner", "left", "outer", "keeps_unmatched", "drops_unmatched"]
"""The kind of a join, or what one of its two sides does with a record that nothing matches."""


def windows_of(operator: Any, stores: Iterable[StoreBuilder[Any, Any]]) -> Windows | None:
    """How an operator divides time; None for one that does not."""
    emit: Literal["on_update", "on_close"] = "on_close" if getattr(operator, "emit_on_close", False) else "on_update"
    windows: Any = getattr(operator, "windows", None)
    match type(windows).__name__:
        case "TimeWindows":
            kind: Literal["tumbling", "hopping"] = "tumbling" if windows.advance_ms == windows.size_ms else "hopping"
            advance = None if kind == "tumbling" else windows.advance_ms
            return Windows(kind=kind, size_ms=windows.size_ms, advance_ms=advance, grace_ms=windows.grace_ms, emit=emit)
        case "SlidingWindows":
            return Windows(kind="sliding", size_ms=windows.difference_ms, grace_ms=windows.grace_ms, emit=emit)
        case "SessionWindows":
            return Windows(kind="session", gap_ms=windows.gap_ms, grace_ms=windows.grace_ms, emit=emit)
        case "DayWindows":
            return Windows(kind="days", zone=windows.zone, grace_ms=windows.grace_ms, emit=emit)
        case "UnlimitedWindows":
            return Windows(kind="unlimited", start_ms=windows.start_ms, emit=emit)
    if hasattr(windows, "windows_for"):
        name = type(windows).__qualname__
        return Windows(kind="custom", name=name, size_ms=windows.size_ms, grace_ms=windows.grace_ms, emit=emit)
    side = getattr(operator, "side", operator)
    if (before := getattr(side, "before_ms", None)) is None:
        return None
    held = getattr(operator, "held", None)
    kept = next((store for store in stores if hasattr(store, "window_size_ms")), None)
    grace = held.grace_ms if held else kept.retention_ms - kept.window_size_ms if kept else None  # type: ignore[attr-defined]
    return Windows(kind="join", before_ms=before, after_ms=side.after_ms, grace_ms=grace)


def join_kind(operator: Any) -> Side | None:
    """What an operator says of the join that it is, or is one side of; None for one that joins nothing."""
    match type(operator).__name__:
        case "StreamStreamJoin":
            return "drops_unmatched"
        case "OuterStreamJoin":
            return "keeps_unmatched" if operator.keeps_unmatched else "drops_unmatched"
        case "SelfJoin":
            return "inner"
        case "StreamTableJoin" | "StreamGlobalJoin" | "ResponseResolver":
            return "left" if operator.left else "inner"
        case "StreamTableGraceJoin":
            return join_kind(operator.join)
        case "TableTableJoin":
            kind: Side = operator.kind.name.lower()
            return kind
    return None


def drops_null_keys(operator: Any) -> bool:
    """Whether an operator that takes records, and not the changes of rows, drops those without a key."""
    match type(operator).__name__:
        case "Aggregate" | "WindowAggregate" | "SlidingAggregate" | "SessionAggregate":
            return True
        case "TableFromRecords" | "NullKeyFilter" | "StreamStreamJoin" | "SelfJoin":
            return True
        case "OuterStreamJoin":
            return not operator.keeps_unmatched
        case "StreamTableJoin":
            return not operator.left
        case "StreamTableGraceJoin":
            return drops_null_keys(operator.join)
    return False


def wait_after(operator: Any) -> Literal["window_end", "first_update"] | None:
    """From when on a suppression waits; None for any other operator."""
    if type(operator).__name__ != "Suppress":
        return None
    return "window_end" if operator.final else "first_update"


_OPTIONS = ("left", "record_limit", "byte_limit", "emits_early")


def options_of(operator: Any) -> dict[str, str]:
    """What an operator says of itself that is neither a function nor a window; of a join its kind says it."""
    if join_kind(operator) is not None:
        return {}
    given = {name: getattr(operator, name, None) for name in _OPTIONS}
    return {name: str(value) for name, value in given.items() if value not in (None, False)}


def global_stores(operator: Any, known: Collection[str]) -> tuple[str, ...]:
    """The global stores that an operator is known to read: those of a join with a global table."""
    getter = getattr(operator, "table", None)
    return tuple(store for store in getattr(getter, "stores", ()) if store in known)


def store_of(builder: StoreBuilder[Any, Any], changelog: str | None, *, is_source: bool) -> DescribedStore:
    """A store by its builder."""
    retention = getattr(builder, "retention_ms", None)
    if retention is None:
        retention = getattr(builder, "history_retention_ms", None)
    return DescribedStore(
        name=builder.name,
        kind=store_kind(builder),
        persistent=builder.persistent,
        caching=builder.caching,
        logging=builder.logging,
        timestamped=getattr(builder, "timestamped", None),
        changelog=changelog,
        changelog_is_source=is_source,
        changelog_config=dict(builder.changelog_config),
        key=serde_name(builder.key),
        value=serde_name(builder.value),
        retention_ms=retention,
        window_size_ms=None if getattr(builder, "end_of", None) else getattr(builder, "window_size_ms", None),
        grace_ms=getattr(builder, "grace_ms", None),
        segment_interval_ms=getattr(builder, "segment_interval_ms", None),
        retain_duplicates=getattr(builder, "retain_duplicates", False),
        max_entries=getattr(builder, "max_entries", None),
    )


def store_kind(builder: object) -> str:
    """A builder's class as words: WindowStoreBuilder is a `window`, KeyValueStoreBuilder a `key-value` store."""
    stem = re.sub(r"(Store)?Builder$", "", type(builder).__name__)
    return _KINDS.get(stem) or "-".join(word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", stem)) or "custom"


def serde_name(serde: Any) -> str | None:
    """A serde's name as a reader knows it: StringSerde is `String`; None where the configured default rules."""
    if serde is None:
        return None
    text = repr(serde)
    if text.startswith("<"):
        text = type(serde).__name__
    return re.sub(r"Serde\b(\((None)?\))?", "", text) or text


__all__ = [
    "drops_null_keys",
    "global_stores",
    "join_kind",
    "serde_name",
    "store_kind",
    "store_of",
    "wait_after",
    "windows_of",
]
