"""The orders in which Java's hash and tree sets list names, for a `describe()` that equals Java's to the letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

_INITIAL_BUCKETS = 16


def hash_order(names: Iterable[str], *, copied: bool = False) -> list[str]:
    """The names as a HashSet lists them that they were added to one by one; `copied`: made from them at once."""
    added = list(dict.fromkeys(names))
    buckets = _INITIAL_BUCKETS
    # A set that grows doubles when more than three quarters full; one made at once has room for a third more.
    wanted = int(len(added) / 0.75) + 1 if copied else len(added) / 0.75
    while buckets < wanted:
        buckets *= 2
    return sorted(added, key=lambda name: _spread_hash(name) & (buckets - 1))


@lru_cache(maxsize=4096)
def _spread_hash(text: str) -> int:
    """String.hashCode with its upper half mixed into the lower, as HashMap does."""
    code = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (31 * code + (high << 8 | low)) & 0xFFFFFFFF
    return code ^ (code >> 16)


@dataclass(slots=True, eq=False)
class _Leaf(Generic[T]):
    item: T
    parent: _Leaf[T] | None
    red: bool = True
    left: _Leaf[T] | None = None
    right: _Leaf[T] | None = None


class TreeSet(Generic[T]):
    """A red-black tree set. `compare` may change its mind after an item is in: the item then stays where it is.

    Java's description does just that, as the sizes by which it sorts still grow while it adds nodes to such sets.
    """

    def __init__(self, compare: Callable[[T, T], int]) -> None:
        self._compare = compare
        self._root: _Leaf[T] | None = None

    def add(self, item: T) -> bool:
        """Add the item, unless the path to its place passes one that compares as equal; True where it was added."""
        parent, above = None, self._root
        order = 0
        while above is not None:
            parent = above
            order = self._compare(item, above.item)
            if order == 0:
                return False
            above = above.left if order < 0 else above.right
        leaf = _Leaf(item, parent)
        if parent is None:
            self._root = leaf
        elif order < 0:
            parent.left = leaf
        else:
            parent.right = leaf
        self._rebalance(leaf)
        return True

    def __iter__(self) -> Iterator[T]:
        return self._in_order(self._root)

    def _in_order(self, leaf: _Leaf[T] | None) -> Iterator[T]:
        if leaf is not None:
            yield from self._in_order(leaf.left)
            yield leaf.item
            yield from self._in_order(leaf.right)

    def _rebalance(self, leaf: _Leaf[T]) -> None:
        while leaf.parent is not None and leaf.parent.red and leaf.parent.parent is not None:
            parent, grandparent = leaf.parent, leaf.parent.parent
            on_left = parent is grandparent.left
            uncle = grandparent.right if on_left else grandparent.left
            if uncle is not None and uncle.red:
                parent.red = uncle.red = False
                grandparent.red = True
                leaf = grandparent
                continue
            if leaf is (parent.right if on_left else parent.left):
                self._rotate(parent, left=on_left)
                leaf, parent = parent, leaf
            parent.red, grandparent.red = False, True
            self._rotate(grandparent, left=not on_left)
        assert self._root is not None
        self._root.red = False

    def _rotate(self, leaf: _Leaf[T], *, left: bool) -> None:
        """Put the leaf below its right child (`left`), or below its left one."""
        child = leaf.right if left else leaf.left
        assert child is not None
        inner = child.left if left else child.right
        if left:
            leaf.right, child.left = inner, leaf
        else:
            leaf.left, child.right = inner, leaf
        if inner is not None:
            inner.parent = leaf
        child.parent, above = leaf.parent, leaf.parent
        leaf.parent = child
        if above is None:
            self._root = child
        elif above.left is leaf:
            above.left = child
        else:
            above.right = child
