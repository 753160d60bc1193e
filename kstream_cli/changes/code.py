"""What the user's functions and the operators without state do: what is different, and what comes after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

from kstream_cli.changes.lineage import FILLS, function_text
from kstream_cli.changes.pairs import Likeness
from kstream_cli.changes.sides import Sides
from kstream_cli.described.model import DescribedNode, Function
from kstream_cli.described.operations import is_generated

SHOWN = 6


def compare_code(sides: Sides) -> None:
    """Report functions whose code has changed, and operators that came or went."""
    matched = matched_nodes(sides)
    for name, successor in matched.items():
        _functions(sides, sides.before.nodes[name], sides.after.nodes[successor])
        _options(sides, sides.before.nodes[name], sides.after.nodes[successor])
    _operators(sides, matched)


def matched_nodes(sides: Sides) -> dict[str, str]:
    """Old node -> new node: by a name that the user gave, else by lineage, else by what they do, in their order."""
    before, after = sides.before, sides.after
    found = {name: name for name in before.nodes if name in after.nodes and not is_generated(name)}
    same_python = sides.old.python == sides.new.python

    def functions(node: DescribedNode) -> str:
        return "\0".join(
            [node.operation or node.name, *(function_text(f, with_hash=same_python) for f in node.functions)]
        )

    ways: list[tuple[Likeness, Likeness]] = [
        (lambda name: before.of_node(name, "code"), lambda name: after.of_node(name, "code")),
        (lambda name: functions(before.nodes[name]), lambda name: functions(after.nodes[name])),
        (lambda name: before.of_node(name, "shape"), lambda name: after.of_node(name, "shape")),
        (lambda name: before.nodes[name].operation, lambda name: after.nodes[name].operation),
    ]
    for old_way, new_way in ways:
        free: dict[Hashable, list[str]] = defaultdict(list)
        taken = set(found.values())
        for name in after.nodes:
            if name not in taken:
                free[new_way(name)].append(name)
        for name in before.nodes:
            if name not in found and free.get(old_way(name)):
                found[name] = free[old_way(name)].pop(0)
    return found


def _options(sides: Sides, old: DescribedNode, new: DescribedNode) -> None:
    names = sorted(
        name for name in old.options.keys() | new.options.keys() if old.options.get(name) != new.options.get(name)
    )
    if names:
        words = (
            f"{name} goes from {old.options.get(name, 'none')} to {new.options.get(name, 'none')}" for name in names
        )
        affects = sides.after.after([new.name]) + _own_stores(sides, new)
        sides.report("KS404", new.name, ", ".join(words), position=new.position, affects=affects)


def _functions(sides: Sides, old: DescribedNode, new: DescribedNode) -> None:
    same_python = sides.old.python == sides.new.python
    was = [function_text(each, with_hash=same_python) for each in old.functions]
    is_now = [function_text(each, with_hash=same_python) for each in new.functions]
    if was == is_now:
        return
    changed = [each for each, text in zip(new.functions, is_now, strict=True) if text not in was]
    shown = changed[0] if changed else next(iter(new.functions), None)
    place = new.position if shown is None else shown.position or new.position
    sides.report(
        "KS401",
        new.name,
        f"behaviour may differ: {_named(changed)} of {new.operation or 'the node'} {new.name} is not what it was",
        position=place,
        affects=sides.after.after([new.name]) + _own_stores(sides, new),
    )


def _named(functions: list[Function]) -> str:
    return ", ".join(f"{each.role} {each.name}" for each in functions) or "a function"


def _own_stores(sides: Sides, node: DescribedNode) -> tuple[str, ...]:
    return tuple(f"store {store}" for store in node.stores if node in sides.after.fillers(store))


def _operators(sides: Sides, matched: dict[str, str]) -> None:
    kept = set(matched.values())
    added = [node for node in sides.after.nodes.values() if node.name not in kept and _is_plain(node)]
    removed = [node for node in sides.before.nodes.values() if node.name not in matched and _is_plain(node)]
    if not added and not removed:
        return
    parts = [f"added: {_list(added)}"] if added else []
    parts += [f"removed: {_list(removed)}"] if removed else []
    subject = (added or removed)[0]
    position = added[0].position if added else None
    sides.report("KS402", subject.name, "; ".join(parts), position=position)


def _is_plain(node: DescribedNode) -> bool:
    return node.kind == "processor" and not node.stores and node.operation not in FILLS


def _list(nodes: list[DescribedNode]) -> str:
    shown = [f"{node.operation} {node.name}" if node.operation else node.name for node in nodes[:SHOWN]]
    return ", ".join(shown) + (f" and {len(nodes) - SHOWN} more" if len(nodes) > SHOWN else "")
