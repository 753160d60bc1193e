"""Facts about nodes and stores in words: what trees, pages and tables say of them."""

from __future__ import annotations

from kstream_cli.described.model import DescribedNode, DescribedStore, Function, Join, Repartition, Types, Windows
from kstream_cli.described.operations import words_for


def details_of(node: DescribedNode) -> list[str]:
    """What the node does, with whose code, on which types: one phrase a line."""
    lines = []
    if does := words_for(node.operation):
        lines.append(does)
    if node.windows:
        lines.append(windows_text(node.windows))
    if (waits := wait_text(node)) is not None:
        lines.append(waits)
    if node.drops_null_keys and node.operation != "drop_null_keys":
        lines.append("drops records without a key")
    lines += [function_text(function) for function in node.functions]
    if types := types_text(node.takes, node.gives):
        lines.append(types)
    if node.position:
        lines.append(f"added at {node.position}")
    return lines


def word_of(node: DescribedNode) -> str:
    """Its operation: `flat map values`; what kind of node it is where that is not known."""
    return (node.operation or node.kind).replace("_", " ")


def idle_text(node: DescribedNode) -> str:
    """That it emits by the wall clock when traffic stops: `not deterministic: emits on idle after 10 s`."""
    ms = node.emit_on_idle_ms
    return "" if ms is None else f"not deterministic: emits on idle after {duration(ms)}"


def join_text(join: Join) -> str:
    """Which two sides are joined: `inner join of A with B`."""
    kind = f"{join.kind} join" if join.kind else "join"
    return f"{kind} of {_side_text(join.this, join.this_topic)} with {_side_text(join.other, join.other_topic)}"


def _side_text(node: str, topic: str | None) -> str:
    return f"{node} ({topic})" if topic else node


def wait_text(node: DescribedNode) -> str | None:
    """How long a node holds updates back: `until a window has ended, and 5 min of grace`."""
    match node.wait_after:
        case "window_end":
            grace = f", and {duration(node.wait_ms)} of grace are over" if node.wait_ms else ""
            return f"until their window has ended{grace}"
        case "first_update":
            return f"until {duration(node.wait_ms or 0)} after a key's first update"
    return f"waits {duration(node.wait_ms)}" if node.wait_ms else None


def repartition_text(reason: Repartition) -> str:
    """Why records go through a repartition topic."""
    if reason.operation == "repartition":
        where = f" at {reason.position}" if reason.position else ""
        return f"because repartition is asked for{where}"
    does = "asks for rows of another table" if (reason.operation or "").startswith("foreign_key") else "changes the key"
    where = f" at {reason.position}" if reason.position else f", {reason.because},"
    return f"because {reason.operation or reason.because}{where} {does}"


def function_text(function: Function) -> str:
    """Its role, name and place: `mapper parse at app.py:12`."""
    where = f" at {function.position}" if function.position else ""
    return f"{function.role} {function.name}{where}"


def types_text(takes: Types | None, gives: Types | None) -> str:
    """What comes in and what goes out: `(String, Long) to (String, String)`."""
    if takes and gives:
        return f"{pair_text(takes)} to {pair_text(gives)}" if takes != gives else f"{pair_text(takes)}"
    if takes:
        return f"takes {pair_text(takes)}"
    return f"gives {pair_text(gives)}" if gives else ""


def pair_text(types: Types) -> str:
    """Key and value; `?` for what is not known."""
    return f"({types.key or '?'}, {types.value or '?'})"


def windows_text(windows: Windows) -> str:
    """How time is divided: `tumbling windows of 30 s, 5 s grace`."""
    match windows.kind:
        case "join":
            before, after = duration(windows.before_ms or 0), duration(windows.after_ms or 0)
            text = f"within {before}" if before == after else f"{before} before to {after} after"
        case "session":
            text = f"sessions with gaps of {duration(windows.gap_ms or 0)}"
        case "unlimited":
            text = "one window without end"
        case "hopping":
            text = f"hopping windows of {duration(windows.size_ms or 0)} each {duration(windows.advance_ms or 0)}"
        case "days":
            text = f"days of {windows.zone}"
        case "custom":
            text = f"windows by {windows.name}, {duration(windows.size_ms or 0)} at most"
        case kind:
            text = f"{kind} windows of {duration(windows.size_ms or 0)}"
    if windows.grace_ms is not None:
        text += f", {duration(windows.grace_ms)} grace"
    return text + (", results when a window closes" if windows.emit == "on_close" else "")


def store_facts(store: DescribedStore) -> list[str]:
    """Kind, place, retention and changelog, as far as they are known."""
    facts = [store.kind] if store.kind else []
    if store.persistent is not None:
        facts.append("on disk" if store.persistent else "in memory")
    if store.window_size_ms is not None and store.kind == "window":
        facts.append(f"windows of {duration(store.window_size_ms)}")
    if store.retention_ms is not None:
        facts.append(f"kept {duration(store.retention_ms)}")
    if store.grace_ms is not None:
        facts.append(f"{duration(store.grace_ms)} grace")
    if store.max_entries is not None:
        facts.append(f"{store.max_entries} entries at most")
    if store.caching:
        facts.append("cached")
    if store.changelog:
        facts.append(f"changelog {store.changelog}{' (its source topic)' if store.changelog_is_source else ''}")
    elif store.logging is False:
        facts.append("no changelog")
    return facts


def duration(ms: int) -> str:
    """A span in the largest unit that divides it: 600000 is `10 min`."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if ms and ms % size == 0:
            return f"{ms // size} {unit}"
    return f"{ms} ms"
