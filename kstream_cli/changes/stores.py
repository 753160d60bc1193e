"""What becomes of the state: stores that are renamed, moved, removed and added."""

from __future__ import annotations

from kstream_cli.changes.finding import Level
from kstream_cli.changes.layout import compare_layout
from kstream_cli.changes.lineage import Detail
from kstream_cli.changes.names import is_generated, stem
from kstream_cli.changes.pairs import Pairs, paired
from kstream_cli.changes.sides import Sides, place_of, stores_of
from kstream_cli.described.model import DescribedStore, Position


def compare_stores(sides: Sides) -> None:
    """Report all that happens to stores."""
    old, new = stores_of(sides.old), stores_of(sides.new)
    pairs = _pairs(sides, old, new)
    for name, successor in pairs.renamed.items():
        _renamed(sides, old[name], new[successor])
    for name in pairs.removed:
        message = "the changelog topic stays on the cluster, and nobody reads it"
        if old[name].logging is False:
            message = "it has no changelog: its rows are deleted with the local state"
        if pairs.added and not sides.knows_nodes and not is_generated(name):
            message += f"; if {' or '.join(pairs.added)} is its new name, its rows are lost: keep the old one"
        position = place_of(sides.before.users(name))
        sides.report("KS103", name, message, position=position, affects=_after(sides, name, old=True))
    for name in pairs.added:
        _added(sides, new[name])
    for name in pairs.same:
        if name in pairs.moved:
            _moved(sides, name, pairs.moved[name])
        else:
            _kept(sides, old[name], new[name])
    _report_tasks(sides, [name for name in pairs.same if name not in pairs.moved])


def store_place(sides: Sides, name: str) -> Position | None:
    """Where the new code makes a store."""
    return place_of([*sides.after.fillers(name), *sides.after.users(name)])


def _pairs(sides: Sides, old: dict[str, DescribedStore], new: dict[str, DescribedStore]) -> Pairs:
    before, after = sides.before, sides.after
    if not sides.knows_nodes:
        return paired(old, new, [(lambda _: None, lambda _: ""), (stem, stem)], lambda _old, _new: 0.0)
    shape = (lambda name: before.of_store(name, "shape"), lambda name: after.of_store(name, "shape"))
    code = (lambda name: before.of_store(name, "code"), lambda name: after.of_store(name, "code"))

    def score(name: str, successor: str) -> float:
        like = old[name].kind == new[successor].kind or old[name].kind is None or new[successor].kind is None
        work = before.operations(name) == after.operations(successor) or stem(name) == stem(successor) is not None
        return _common(sides, name, successor) if like or work else 0.0

    pairs = paired(old, new, [code, shape] if sides.knows_code else [shape], score)
    for name in pairs.same:
        # Of two that have changed, a generated name may now belong to the other one.
        if (
            name not in pairs.moved
            and shape[0](name) != shape[1](name)
            and (is_generated(name) or _common(sides, name, name) == 0.0)
        ):
            others = [each for each in new if each != name and score(name, each) > _common(sides, name, name)]
            if others:
                pairs.moved[name] = max(others, key=lambda each: score(name, each))
    return pairs


def _common(sides: Sides, old: str, new: str) -> float:
    """How much of what an old and a new store's records have met is the same, from 0 to 1."""
    was = sides.before.ingredients(node.name for node in sides.before.fillers(old))
    is_now = sides.after.ingredients(node.name for node in sides.after.fillers(new))
    if not sides.before.roots(node.name for node in sides.before.fillers(old)) & sides.after.roots(
        node.name for node in sides.after.fillers(new)
    ):
        return 0.0
    return len(was & is_now) / len(was | is_now)


def _after(sides: Sides, name: str, *, old: bool = False) -> tuple[str, ...]:
    lineage = sides.before if old else sides.after
    return lineage.after(node.name for node in lineage.fillers(name))


def _renamed(sides: Sides, old: DescribedStore, new: DescribedStore) -> None:
    if old.changelog_is_source and new.changelog_is_source:
        sides.report(
            "KS114", new.name, f"it was {old.name}; it is restored from its source topic", level="safe",
            position=store_place(sides, new.name),
        )  # fmt: skip
        return
    why = "the number in its generated name has moved: " if is_generated(old.name) and is_generated(new.name) else ""
    sides.report(
        "KS101",
        old.name,
        f"{why}it is {new.name} now, which starts empty; the rows of {old.name} stay behind in their changelog",
        remedy=f"keep the old name: {_naming(sides, old.name, new.name)}",
        position=store_place(sides, new.name),
        affects=_after(sides, new.name),
    )


def _naming(sides: Sides, old: str, new: str) -> str:
    """What to write so that the new store has the old name."""
    operations = sides.after.operations(new)
    if operations & {"join_window", "join"}:
        for suffix in ("-this-join", "-other-join", "-left-join", "-outer-this-join", "-outer-other-join"):
            prefix = old.removesuffix("-store").removesuffix(suffix)
            if not is_generated(old) and old.endswith(f"{suffix}-store"):
                return f'store="{prefix}" at the join'
        return f'a store builder named "{old}" as this_store= or other_store= of the join'
    if operations & {"suppress"}:
        return f'name="{old.removesuffix("-store")}"'
    return f'store="{old}"'


def _added(sides: Sides, store: DescribedStore) -> None:
    lineage = sides.after
    known = sides.before.roots(node.name for node in sides.before.nodes.values())
    roots = lineage.roots(node.name for node in lineage.fillers(store.name))
    level: Level = "careful"
    message = "it starts empty: what was read before is not in it"
    if store.changelog_is_source:
        level, message = "safe", "it is restored from its source topic"
    elif sides.knows_nodes and roots and not roots & known:
        level, message = "safe", "it starts empty, and so do its topics for this application"
    sides.report("KS104", store.name, message, level=level, position=store_place(sides, store.name))


def _moved(sides: Sides, name: str, successor: str) -> None:
    where = "" if successor == name else f"; what the old one held goes to {successor} now"
    sides.report(
        "KS102",
        name,
        f"another operator has this name now, and reads rows that are not its own{where}",
        remedy="keep the old names: give each store the one that it had, with store= or name=",
        position=store_place(sides, name),
        affects=_after(sides, name),
    )


def _kept(sides: Sides, old: DescribedStore, new: DescribedStore) -> None:
    """A store that both have: what fills it, and how its rows are laid out."""
    name, before, after = old.name, sides.before, sides.after
    if not sides.knows_nodes:
        if is_generated(name):
            message = "only its name is known of the cluster: it is the right one if no operator before it has changed"
            sides.report("KS115", name, message, position=store_place(sides, name))
    elif before.of_store(name, "shape") != after.of_store(name, "shape"):
        _fed_differently(sides, name)
    elif _has_twin(sides, name):
        message = "another store is filled in the same way, and functions are not known: they could be swapped"
        sides.report("KS115", name, message, position=store_place(sides, name))
    compare_layout(sides, old, new)


def _fed_differently(sides: Sides, name: str) -> None:
    old = sides.before.roots(node.name for node in sides.before.fillers(name))
    new = sides.after.roots(node.name for node in sides.after.fillers(name))
    same_work = sides.before.operations(name) == sides.after.operations(name)
    if is_generated(name) and (not same_work or not old & new):
        _moved(sides, name, name)
        return
    message = "the operators upstream of it have changed: old rows stay, and new records are added to them"
    if old != new:
        topics = [f"no longer from {', '.join(sorted(old - new))}"] if old - new else []
        topics += [f"from {', '.join(sorted(new - old))}"] if new - old else []
        message = f"its records come {' but '.join(topics)}: old rows stay, and new records are added to them"
    elif not same_work:
        message = "another operation fills it: old rows stay, and it continues from them"
    sides.report("KS105", name, message, position=store_place(sides, name), affects=_after(sides, name))


def _has_twin(sides: Sides, name: str) -> bool:
    """Whether what is known does not tell a store from another one: Java's text, or the bytecode of another Python."""
    if sides.knows_code and sides.same_python:
        return False
    detail: Detail = "code" if sides.knows_code else "shape"
    mine = sides.after.of_store(name, detail)
    return any(other != name and sides.after.of_store(other, detail) == mine for other in stores_of(sides.new))


def _report_tasks(sides: Sides, names: list[str]) -> None:
    """Stores whose subtopology has another number, or other topics that decide how many tasks it has."""
    old = {store.name: part for part in sides.old.subtopologies for store in part.stores}
    new = {store.name: part for part in sides.new.subtopologies for store in part.stores}
    if not sides.knows_nodes:
        return
    for name in names:
        was, is_now = old[name], new[name]
        topics = {sides.old.own_topic(topic) for topic in was.source_topics}
        wanted = {sides.new.own_topic(topic) for topic in is_now.source_topics}
        notes = []
        if was.id != is_now.id:
            notes.append(f"subtopology {was.id} is {is_now.id} now, so that local state is restored from the changelog")
        if topics != wanted and not _generated_only(topics ^ wanted):
            changed = ", ".join(sorted(topics ^ wanted))
            notes.append(
                f"its subtopology reads other topics ({changed}): if the widest one has another number of partitions, "
                "the start fails"
            )
        if not notes:
            continue
        stores = {store.name: store for store in (*was.stores, *is_now.stores)}
        level: Level = "careful"
        if was.id != is_now.id and stores[name].logging is False:
            level = "breaking"
            notes.append("it has no changelog: its rows are lost")
        sides.report("KS113", name, "; ".join(notes), level=level, position=store_place(sides, name))


def _generated_only(topics: set[str]) -> bool:
    return all(is_generated(topic) for topic in topics)
