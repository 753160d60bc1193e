"""What each processor did in a try-out: records in and out, what was dropped and held, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import ProcessorSummary
from kstream_cli.commands.output.table import print_table
from kstream_cli.described.model import DescribedTopology
from kstream_cli.printable import printable
from kstream_cli.render.words import word_of
from kstream_cli.testing.trace.steps import NodeCounts
from kstream_cli.testing.trace.tracer import Tracer

BEFORE_ANY = "before any processor"
"""Stands where a task drops a record that it cannot decode."""


def summaries(tracer: Tracer, topology: DescribedTopology) -> Iterator[ProcessorSummary]:
    """One for each node in the topology's order, those that took nothing among them."""
    for node in topology.nodes():
        yield _summary(node.name, tracer.counts.get(node.name, NodeCounts()))
    if tracer.lost.dropped:
        yield _summary(BEFORE_ANY, tracer.lost)


def show(found: Iterator[ProcessorSummary], topology: DescribedTopology) -> None:
    """For people: each processor with its operation, as `kstream describe` shows it."""
    to = console()
    words = {node.name: word_of(node) for node in topology.nodes()}
    table = Table(box=None, pad_edge=False, header_style="title")
    table.add_column("operation", no_wrap=True)
    table.add_column("processor", no_wrap=not to.is_terminal)
    for name in ("in", "out", "dropped", "held", "ms"):
        table.add_column(name, justify="right")
    table.add_column("why", no_wrap=not to.is_terminal)
    for each in found:
        why = [f"{count} {reason}" for reason, count in {**each.dropped, **each.held}.items()]
        dropped, held = sum(each.dropped.values()), sum(each.held.values())
        cells: list[Any] = [
            *(words.get(each.processor, ""), printable(each.processor), str(each.records_in), str(each.records_out)),
            Text(str(dropped or ""), style="warning"),
            Text(str(held or ""), style="store"),
            f"{each.seconds * 1000:.1f}",
            printable(", ".join(why)),
        ]
        table.add_row(*cells)
    print_table(to, table)


def _summary(name: str, counts: NodeCounts) -> ProcessorSummary:
    return ProcessorSummary(
        processor=name,
        records_in=counts.taken,
        records_out=counts.forwarded,
        dropped=dict(counts.dropped),
        held=dict(counts.held),
        seconds=round(counts.seconds, 6),
    )
