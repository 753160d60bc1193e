"""In how many columns the parts of a picture stand that no edge joins, so that it is about as wide as a page."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from kstream_cli.render.graph import Graph, all_clusters

_PAGE = 1.6
"""Width of a page by its height."""

_ROOM: dict[str, tuple[float, float]] = {"TB": (85, 170), "LR": (200, 80)}
"""What a vertex takes along the records and across them, with the space around it, in points."""

_FRAMED = 1.8
"""How much wider vertices stand in frames, which no edge of others may cross."""


class _Size(NamedTuple):
    ranks: int
    beside: int


def columns_of(graph: Graph, direction: Literal["TB", "LR"]) -> int:
    """How many columns come nearest to a page. From left to right, Graphviz' columns are rows."""
    sizes = [*map(_size_of, _parts(graph)), *([_Size(len(graph.legend) + 1, 1)] if graph.legend else [])]
    sizes.sort(key=lambda size: size.ranks * size.beside, reverse=True)
    along, across = _ROOM[direction]
    if any(cluster.title for cluster in graph.clusters):
        across *= _FRAMED

    def distance(columns: int) -> float:
        rows = [sizes[start : start + columns] for start in range(0, len(sizes), columns)]
        height = along * sum(max(size.ranks for size in row) for row in rows)
        width = across * sum(max(size.beside for size in sizes[column::columns]) for column in range(columns))
        ratio = width / height if direction == "TB" else height / width
        return abs(math.log(ratio / _PAGE))

    return min(range(1, len(sizes) + 1), key=distance, default=1)


def _parts(graph: Graph) -> Iterable[list[tuple[str, str]]]:
    """The edges of each part; a vertex without one is an edge to itself."""
    beside: dict[str, list[str]] = {vertex.id: [] for vertex in graph.vertices}
    for tail, head in _links(graph):
        beside[tail].append(head)
        beside[head].append(tail)
    part_of: dict[str, str] = {}
    for first in beside:
        waiting = [first] if first not in part_of else []
        while waiting:
            name = waiting.pop()
            if name not in part_of:
                part_of[name] = first
                waiting += beside[name]
    parts: dict[str, list[tuple[str, str]]] = {first: [] for first in part_of.values()}
    for name, first in part_of.items():
        parts[first].append((name, name))
    for edge in graph.edges:
        parts[part_of[edge.tail]].append((edge.tail, edge.head))
    return parts.values()


def _links(graph: Graph) -> Iterable[tuple[str, str]]:
    """Pairs of vertices that stand together: joined by an edge, or in one frame."""
    for edge in graph.edges:
        yield edge.tail, edge.head
    for cluster in graph.frames:
        if cluster.title:
            inside = [vertex.id for each in all_clusters([cluster]) for vertex in each.vertices]
            yield from ((inside[0], other) for other in inside[1:])


def _size_of(edges: Sequence[tuple[str, str]]) -> _Size:
    """About how many ranks a part has, and how many vertices stand beside one another in the widest ones."""
    after: dict[str, list[str]] = {}
    before: Counter[str] = Counter()
    for tail, head in edges:
        after.setdefault(tail, [])
        if tail != head:
            after[tail].append(head)
            before[head] += 1
    rank = dict.fromkeys(after, 0)
    waiting = deque(name for name in after if not before[name])
    left = dict.fromkeys(name for name in after if before[name])
    while waiting or left:
        # A circle, as of a foreign-key join, is opened at the first of its vertices.
        name = waiting.popleft() if waiting else next(iter(left))
        left.pop(name, None)
        for head in after[name]:
            if head in left:
                rank[head] = max(rank[head], rank[name] + 1)
                before[head] -= 1
                if not before[head]:
                    del left[head]
                    waiting.append(head)
    ranks = max(rank.values()) + 1
    return _Size(ranks, max(Counter(rank.values()).values()))
