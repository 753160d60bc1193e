"""Names of processors and stores: one counter per builder, which counts exactly as Java counts.

A name given by the user still burns an index, so that naming one operator never renames the others.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import count

from kstream_cli.errors import TopologyError

REPARTITION_SUFFIX = "-repartition"

_ALLOWED = re.compile(r"[a-zA-Z0-9._-]+")
_GENERATED_PREFIX = re.compile(r"KSTREAM.*-[0-9]{10}")
_MAX_LENGTH = 249


@dataclass(slots=True)
class UnnamedResources:
    """Stores and internal topics to which the user gave no name: theirs are counted, and change with the topology.

    As in Java (KIP-1111): without the inner topics and stores of foreign-key joins and of grouped tables, and with
    those that an optimisation takes away again.
    """

    stores: list[str] = field(default_factory=list)
    changelogs: list[str] = field(default_factory=list)
    repartitions: list[str] = field(default_factory=list)

    def add_store(self, store: str, *, logged: bool) -> None:
        """Note a store, and its changelog where it has one."""
        self.stores.append(store)
        if logged:
            self.add_changelog(store)

    def add_changelog(self, store: str) -> None:
        self.changelogs.append(f"{store}-changelog")

    def add_repartition(self, prefix: str) -> None:
        self.repartitions.append(repartition_topic(prefix))

    def __str__(self) -> str:
        return self.text()

    def text(self, most: int | None = None) -> str:
        """All of them by kind, or of each kind so many and the number of the others."""
        kinds = {"stores": self.stores, "changelog topics": self.changelogs, "repartition topics": self.repartitions}
        return "; ".join(f"{kind} {_listed(dict.fromkeys(names), most)}" for kind, names in kinds.items() if names)


def _listed(names: Collection[str], most: int | None) -> str:
    shown = list(names) if most is None else list(names)[:most]
    others = len(names) - len(shown)
    return ", ".join(shown) + (f" and {others} more" if others else "")


class Names:
    """Hands out the generated names of one builder."""

    def __init__(self) -> None:
        self._index = count()
        self.unnamed = UnnamedResources()

    def processor(self, prefix: str, name: str | None = None, *, suffix: str = "") -> str:
        """The name for the next processor: `name` with `suffix` where given, else `prefix` with the next index."""
        generated = f"{prefix}{next(self._index):010d}"
        return generated if name is None else checked_name(checked_name(name) + suffix)

    def store(self, prefix: str) -> str:
        """The generated name of the next state store."""
        return self.processor(prefix + "STATE-STORE-")

    def burn(self) -> None:
        """Use up one index where Java does so for compatibility."""
        next(self._index)


def checked_name(name: str) -> str:
    """The name itself. Raises TopologyError where Kafka would not allow it in a topic's name."""
    if not isinstance(name, str) or name in {".", ".."} or len(name) > _MAX_LENGTH or not _ALLOWED.fullmatch(name):
        raise TopologyError(
            f"name {name!r} is not allowed: use 1 to {_MAX_LENGTH} letters, digits, '.', '_' and '-', not '.' or '..'"
        )
    return name


def repartition_topic(prefix: str) -> str:
    """The repartition topic of that prefix, without the application id."""
    return prefix if prefix.endswith(REPARTITION_SUFFIX) else prefix + REPARTITION_SUFFIX


def repartition_nodes(names: Names, prefix: str) -> tuple[str, str, str]:
    """(sink, filter, source) of a repartition; generated names only where the prefix is a generated one."""
    generated = (
        names.processor("KSTREAM-SINK-"),
        names.processor("KSTREAM-FILTER-"),
        names.processor("KSTREAM-SOURCE-"),
    )
    if _GENERATED_PREFIX.fullmatch(prefix):
        return generated
    topic = repartition_topic(prefix)
    return checked_name(f"{topic}-sink"), checked_name(f"{topic}-filter"), checked_name(f"{topic}-source")
