"""Findings as a table for people, the worst first, and the verdict below it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kstream_cli.changes.comparison import Comparison
from kstream_cli.changes.finding import Finding
from kstream_cli.commands.comparing.reports import verdict_line

STYLES = {"breaking": "bold red", "careful": "yellow", "safe": "green"}
MOST_AFFECTED = 6


def show(comparison: Comparison, to: Console) -> None:
    """Write the table to a terminal, or plain lines to a pipe."""
    if to.is_terminal and comparison.findings:
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
        table.add_column("level", no_wrap=True)
        table.add_column("id", no_wrap=True)
        table.add_column("what", ratio=1, overflow="fold")
        for finding in comparison.findings:
            level = "allowed" if finding.allowed else finding.level
            told = Text("\n").join(_lines(finding))
            table.add_row(Text(level, style=_style(finding)), finding.id, told)
        to.print(table)
    else:
        for finding in comparison.findings:
            level = "allowed" if finding.allowed else finding.level
            first, *rest = _lines(finding)
            to.print(Text(f"{level} {finding.id} ").append(first))
            for line in rest:
                to.print(Text("  ").append(line))
    to.print(Text(verdict_line(comparison), style=STYLES[comparison.verdict]))


def _style(finding: Finding) -> str:
    return "muted" if finding.allowed else STYLES[finding.level]


def _lines(finding: Finding) -> Iterator[Text]:
    head = Text(finding.subject, style="bold")
    if finding.position is not None:
        head.append(f"  {finding.position}", style="muted")
    yield head
    yield Text(f"{finding.title}: {finding.message}")
    if finding.affects:
        more = len(finding.affects) - MOST_AFFECTED
        shown = ", ".join(finding.affects[:MOST_AFFECTED]) + (f" and {more} more" if more > 0 else "")
        yield Text(f"after it: {shown}", style="muted")
    if finding.allowed is not None:
        yield Text(f"allowed: {finding.allowed}", style="muted")
    elif finding.remedy is not None and finding.level != "safe":
        yield Text(f"remedy: {finding.remedy}")
