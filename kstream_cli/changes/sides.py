"""The two topologies of a comparison, and what is known of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kstream_cli.changes.catalogue import KINDS
from kstream_cli.changes.finding import Finding, Level
from kstream_cli.changes.lineage import Lineage
from kstream_cli.described.model import DescribedNode, DescribedStore, DescribedTopology, Position


@dataclass(slots=True)
class Sides:
    """What runs now and what is to run, and the findings so far."""

    old: DescribedTopology
    new: DescribedTopology
    before: Lineage = field(init=False)
    after: Lineage = field(init=False)
    knows_code: bool = field(init=False)
    """Whether both sides say what their functions are."""
    same_python: bool = field(init=False)
    """Whether hashes of code can be compared."""
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.same_python = hashes = self.old.python == self.new.python
        self.knows_code = self.old.python is not None and self.new.python is not None
        self.before = Lineage(self.old, with_hashes=hashes, with_operations=self.knows_code)
        self.after = Lineage(self.new, with_hashes=hashes, with_operations=self.knows_code)

    @property
    def knows_nodes(self) -> bool:
        """Whether the old side says more than names: a cluster does not."""
        return any(node.kind != "source" for node in self.before.nodes.values())

    def report(
        self,
        id: str,
        subject: str,
        message: str,
        *,
        level: Level | None = None,
        remedy: str | None = None,
        position: Position | None = None,
        affects: Iterable[str] = (),
    ) -> None:
        """Note a finding of that kind; its usual level and remedy are the catalogue's."""
        kind = KINDS[id]
        self.findings.append(
            Finding(
                id=id,
                level=level or kind.levels[0],
                title=kind.title,
                subject=subject,
                message=message,
                remedy=remedy or kind.remedy,
                position=position,
                affects=tuple(each for each in affects if each not in (f"store {subject}", f"topic {subject}")),
            )
        )


def stores_of(topology: DescribedTopology) -> dict[str, DescribedStore]:
    """The stores that tasks have, by name. Global ones are filled anew at every start."""
    return {store.name: store for part in topology.subtopologies for store in part.stores}


def place_of(nodes: Iterable[DescribedNode]) -> Position | None:
    """Where the user's code adds the first of the nodes that says so."""
    return next((node.position for node in nodes if node.position is not None), None)


def serde_in(topology: DescribedTopology, name: str | None, part: str) -> str | None:
    """A serde's name, the configured default where none is given."""
    return name if name is not None else topology.settings.get(f"default.{part}.serde")


def differs(old: Any, new: Any) -> bool:
    """Whether two facts contradict each other: what one side does not say does not."""
    return old is not None and new is not None and old != new


__all__ = ["Sides", "differs", "place_of", "serde_in", "stores_of"]
