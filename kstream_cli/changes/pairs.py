"""Pairs what an old and a new topology have: by name first, then by what it holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names by what became of them."""

    same: tuple[str, ...] = ()
    """Old and new have it, under one name."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Old name -> the new name of what holds the same."""
    moved: dict[str, str] = field(default_factory=dict)
    """A name that both have -> the new name of what the old one held: the name belongs to something else now."""
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


Score = Callable[[str, str], float]
"""How much an old and a new one have in common: from 0, nothing, to 1, all."""

Likeness = Callable[[str], Hashable]
"""What is compared of a name: of an old one, or of a new one. None is like nothing."""


def paired(
    old: Iterable[str], new: Iterable[str], likeness: Iterable[tuple[Likeness, Likeness]], score: Score
) -> Pairs:
    """Pair names. `likeness` gives ways to compare, the strictest first; the first one also finds what has moved.

    What is still left is paired by `score`, the highest first.
    """
    olds, news = list(dict.fromkeys(old)), list(dict.fromkeys(new))
    ways = list(likeness)
    same = [name for name in olds if name in news]
    lost = [name for name in olds if name not in news]
    fresh = [name for name in news if name not in olds]
    moved: dict[str, str] = {}
    for old_way, new_way in ways[:1]:
        unlike = [name for name in same if old_way(name) != new_way(name)]
        for name in unlike:
            moved |= _first(name, (each for each in (*unlike, *fresh) if each != name), old_way, new_way)
        for name in lost:
            # A lost one's records may now go to a name that another one had.
            if found := _first(name, unlike, old_way, new_way):
                taken = found[name]
                moved.setdefault(taken, taken)
    renamed: dict[str, str] = {}
    for old_way, new_way in ways:
        for name in [each for each in lost if each not in renamed]:
            free = [each for each in fresh if each not in renamed.values()]
            renamed |= _first(name, free, old_way, new_way)
    left = [name for name in lost if name not in renamed]
    free = [name for name in fresh if name not in renamed.values()]
    scored = [(score(name, each), name, each) for name in left for each in free]
    for common, name, each in sorted(scored, key=lambda found: -found[0]):
        if common > 0 and name not in renamed and each not in renamed.values():
            renamed[name] = each
    return Pairs(
        same=tuple(same),
        renamed=renamed,
        moved=moved,
        removed=tuple(name for name in lost if name not in renamed),
        added=tuple(name for name in fresh if name not in renamed.values()),
    )


def _first(name: str, candidates: Iterable[str], old_way: Likeness, new_way: Likeness) -> dict[str, str]:
    wanted = old_way(name)
    found = None if wanted is None else next((each for each in candidates if new_way(each) == wanted), None)
    return {} if found is None else {name: found}
