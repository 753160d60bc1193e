"""What is said of a pair, held against what has become of its state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kstream_cli import Config, Topology
from kstream_cli.changes.comparison import compared
from kstream_cli.changes.finding import Finding, Level, verdict
from kstream_cli.described.built import described
from kstream_cli.described.java_text import from_java_text, java_text
from kstream_cli.described.model import DescribedTopology


@dataclass(frozen=True)
class Outcome:
    """One pair that was restarted; `lost` in words."""

    name: str
    findings: tuple[Finding, ...]
    lost: list[str]

    @property
    def verdict(self) -> Level:
        return verdict(self.findings)

    @property
    def fault(self) -> Literal["wrongly safe", "wrongly breaking"] | None:
        if self.lost and self.verdict == "safe":
            return "wrongly safe"
        return "wrongly breaking" if not self.lost and self.verdict == "breaking" else None

    def __str__(self) -> str:
        said = sorted({each.id for each in self.findings if each.level != "safe"})
        return f"{self.verdict:9} {self.name}: {' '.join(said)} {'; '.join(self.lost)[:300]}"


def findings(old: Topology, new: Topology, config: tuple[Config, Config]) -> tuple[Finding, ...]:
    """What `kstream diff` says of two modules."""
    return compared(_described(old, config[0]), _described(new, config[1])).findings


def findings_of_texts(old: Topology, new: Topology, config: tuple[Config, Config]) -> tuple[Finding, ...]:
    """What it says of Java's texts of both."""
    texts = (java_text(_described(*each)) for each in ((old, config[0]), (new, config[1])))
    before, after = (from_java_text(text, name=name) for text, name in zip(texts, ("old", "new"), strict=True))
    return compared(before, after).findings


def _described(topology: Topology, config: Config) -> DescribedTopology:
    return described(topology, name="t", application_id=config.application_id, settings=config.data_settings())


def summary(outcomes: Iterable[Outcome]) -> str:
    """How many pairs there are, and how many verdicts were wrong."""
    found = list(outcomes)
    kept = [each for each in found if not each.lost]
    safe = sum(each.fault == "wrongly safe" for each in found)
    breaking = sum(each.fault == "wrongly breaking" for each in found)
    share = 100 * breaking / len(kept) if kept else 0.0
    return (
        f"{len(found)} pairs, {len(kept)} kept all; wrongly safe: {safe}; "
        f"wrongly breaking: {breaking} ({share:.1f} % of those that kept all)"
    )
