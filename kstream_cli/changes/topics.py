"""What becomes of records on their way, and of the topics that an application reads and writes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from kstream_cli.changes.finding import LEVELS, Level
from kstream_cli.changes.pairs import paired
from kstream_cli.changes.sides import Sides, differs, place_of
from kstream_cli.changes.types import retyped
from kstream_cli.described.model import DescribedNode, DescribedTopology, Position


def compare_topics(sides: Sides) -> None:
    """Report all that happens to topics other than changelogs."""
    _repartition(sides)
    _forms(sides)
    _partitions(sides)
    _sources(sides)
    if sides.knows_nodes:
        _sinks(sides)


def _repartition(sides: Sides) -> None:
    old, new = (_internal(each) for each in (sides.old, sides.new))
    before, after = sides.before, sides.after
    shape = (
        lambda name: before.of_topic(old[name], "shape") if sides.knows_nodes else None,
        lambda name: after.of_topic(new[name], "shape"),
    )
    code = (
        lambda name: before.of_topic(old[name], "code") if sides.knows_nodes else None,
        lambda name: after.of_topic(new[name], "code"),
    )

    def score(name: str, successor: str) -> float:
        was = before.ingredients(_writers(sides.old, old[name]))
        is_now = after.ingredients(_writers(sides.new, new[successor]))
        common = {each for each in was & is_now if each.startswith("topic ")}
        return len(was & is_now) / len(was | is_now) if common else 0.0

    pairs = paired(old, new, [code, shape] if sides.knows_code else [shape], score)
    for name, successor in pairs.renamed.items():
        prefix = name.removesuffix("-repartition")
        message = f"it is {successor} now: unread records in {name} are never read"
        remedy = f'keep the old name: name="{prefix}"; or stop the input and wait until its lag is 0'
        sides.report(
            "KS201", name, message, remedy=remedy, position=_place(sides.new, new[successor]),
            affects=after.after(_writers(sides.new, new[successor])),
        )  # fmt: skip
    for name in pairs.removed:
        message = "unread records in it are never read"
        sides.report("KS202", name, message, position=_place(sides.old, old[name]))
    for name in pairs.added:
        sides.report("KS211", name, "it starts empty", position=_place(sides.new, new[name]))
    for name in pairs.same if sides.knows_nodes else ():
        changed = before.of_topic(old[name], "code") != after.of_topic(new[name], "code") if sides.knows_code else False
        other = before.of_topic(old[name], "shape") != after.of_topic(new[name], "shape")
        if name in pairs.moved or changed or other:
            level: Level = "breaking" if name in pairs.moved else "careful"
            message = (
                "it belongs to another operator now, which reads records that are not its own"
                if name in pairs.moved
                else "the operators that write to it have changed: unread records were made by the old code"
            )
            sides.report(
                "KS203", name, message, level=level, position=_place(sides.new, new[name]),
                affects=after.after(_writers(sides.new, new[name])),
            )  # fmt: skip


def _forms(sides: Sides) -> None:
    """Records on their way were written with the old types, and are read with the new ones."""
    if not sides.knows_code:
        return
    old, new = (_internal(each) for each in (sides.old, sides.new))
    for name in old:
        if name not in new:
            continue
        pairs = product(_nodes(sides.old, old[name], "sink"), _nodes(sides.new, new[name], "source"))
        changed = [found for writer, reader in pairs if (found := retyped(sides, writer, reader)) is not None]
        if changed:
            level, message = min(changed, key=lambda found: LEVELS.index(found[0]))
            sides.report("KS213", name, message, level=level, position=_place(sides.new, new[name]))


def _nodes(topology: DescribedTopology, topic: str, kind: str) -> list[DescribedNode]:
    return [node for node in topology.nodes() if node.kind == kind and topic in node.topics]


def _partitions(sides: Sides) -> None:
    old, new = (_internal(each) for each in (sides.old, sides.new))
    for name in old.keys() & new.keys():
        was, wanted = sides.old.partitions.get(old[name]), sides.new.partitions.get(new[name])
        if was == wanted or (not sides.knows_nodes and wanted is None):
            continue
        if was is None or wanted is None:
            message = (
                f"{was or wanted} partitions are {'no longer ' if was else ''}asked for: the topic keeps its number"
            )
            sides.report("KS204", name, message, level="careful", position=_place(sides.new, new[name]))
        else:
            message = f"it has {was} partitions, and {wanted} are asked for"
            sides.report("KS204", name, message, position=_place(sides.new, new[name]))


def _sources(sides: Sides) -> None:
    old, new = dict(_read(sides.old)), dict(_read(sides.new))
    for topic, node in new.items():
        if topic not in old:
            reset = node.offset_reset or sides.new.settings.get("auto.offset.reset", "earliest")
            begin = {"earliest": "its beginning", "latest": "its end: the records in it now are skipped"}.get(
                reset, reset
            )
            message = f"it is read from {begin}"
            if node.pattern is not None:
                message = f"topics that match are read from {begin}"
            sides.report("KS205", topic, message, position=node.position)
    for topic, node in old.items():
        if topic in new:
            if differs(node.offset_reset or "", new[topic].offset_reset or "") and sides.knows_nodes:
                message = (
                    f"it was {node.offset_reset or 'the default'} and is {new[topic].offset_reset or 'the default'}"
                )
                sides.report("KS210", topic, message, position=new[topic].position)
            _retyped(sides, topic, node, new[topic], "read")
        elif sides.knows_nodes:
            message = "its committed offsets expire some time after the restart"
            sides.report("KS206", topic, message, position=node.position)
        else:
            sides.report("KS212", topic, "the group has committed offsets of it, and no source reads it")


def _sinks(sides: Sides) -> None:
    old, new = dict(_written(sides.old)), dict(_written(sides.new))
    for topic, node in new.items():
        if topic not in old:
            sides.report("KS208", topic, "the topic must exist", position=node.position)
        else:
            _retyped(sides, topic, old[topic], node, "written")
    for topic, node in old.items():
        if topic not in new:
            sides.report("KS209", topic, "others may read it", position=node.position)


def _retyped(sides: Sides, topic: str, old: DescribedNode, new: DescribedNode, verb: str) -> None:
    if not sides.knows_code:
        return
    if (found := retyped(sides, old, new)) is not None:
        worst, message = found
        level: Level = "safe" if worst == "safe" else "careful"
        sides.report("KS207", topic, f"it is {verb} with other types: {message}", level=level, position=new.position)


def _internal(topology: DescribedTopology) -> dict[str, str]:
    """Internal topics: the name in the topology -> that on the broker."""
    return {topology.own_topic(topic): topic for topic in topology.internal_topics}


def _writers(topology: DescribedTopology, topic: str) -> list[str]:
    return [node.name for node in topology.nodes() if node.kind == "sink" and topic in node.topics]


def _place(topology: DescribedTopology, topic: str) -> Position | None:
    return place_of(node for node in topology.nodes() if topic in node.topics and node.kind in ("sink", "source"))


def _read(topology: DescribedTopology) -> Iterator[tuple[str, DescribedNode]]:
    for node in topology.nodes():
        if node.kind == "source":
            yield from ((topic, node) for topic in node.topics if topic not in topology.internal_topics)
            if node.pattern is not None:
                yield f"/{node.pattern}/", node


def _written(topology: DescribedTopology) -> Iterator[tuple[str, DescribedNode]]:
    for node in topology.nodes():
        if node.kind == "sink":
            yield from ((topic, node) for topic in node.topics if topic not in topology.internal_topics)
