"""Compares two topologies: what a restart with the new one does to the state of the old one."""

from __future__ import annotations

from dataclasses import dataclass

from kstream_cli.changes.code import compare_code
from kstream_cli.changes.finding import Finding, Level, verdict, worst_first
from kstream_cli.changes.hints import unnamed
from kstream_cli.changes.settings import compare_settings
from kstream_cli.changes.sides import Sides, stores_of
from kstream_cli.changes.stores import compare_stores
from kstream_cli.changes.topics import compare_topics
from kstream_cli.described.model import DescribedTopology


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two topologies, and what was found; the worst first."""

    old: DescribedTopology
    new: DescribedTopology
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Level:
        """The worst level of what no comment allows."""
        return verdict(self.findings)


def _report_what_is_not_known(sides: Sides) -> None:
    """Say what was not compared, as a side does not tell it, where there is state that could be lost by it."""
    if not stores_of(sides.old) and not sides.old.internal_topics:
        return
    silent = next((side for side in (sides.old, sides.new) if side.python is None), None)
    if silent is not None:
        knows = "nothing but names" if not sides.knows_nodes else "names and the operators upstream of them"
        message = f"{silent.name} tells {knows}: types, windows, retention, changelogs and functions were not compared"
        sides.report("KS117", silent.name, message)
    elif not sides.same_python:
        message = f"it was saved with Python {sides.old.python}, and this is {sides.new.python}: code was not compared"
        sides.report("KS117", sides.old.name, message)


def compared(old: DescribedTopology, new: DescribedTopology) -> Comparison:
    """Compare what runs now with what is to run.

    Both may come from anywhere; what one side does not say is not compared. Semantics: a store is its changelog, found
    by name (https://kafka.apache.org/documentation/streams/developer-guide/dsl-topology-naming).

    Example:
        >>> compared(described(before, name="orders"), described(after, name="orders")).verdict
        'breaking'
    """
    sides = Sides(old, new)
    compare_settings(sides)
    compare_stores(sides)
    compare_topics(sides)
    if sides.knows_code:
        compare_code(sides)
    _report_what_is_not_known(sides)
    sides.findings += unnamed(new, level="safe")
    return Comparison(old, new, worst_first(sides.findings))
