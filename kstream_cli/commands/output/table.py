"""Tables of text: in a pipe, lines end where their text ends."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table


def print_table(to: Console, table: Table) -> None:
    """Write a table. Rich fills the last column with blanks, which a reader of a pipe would have to cut off."""
    if to.is_terminal:
        to.print(table)
        return
    with to.capture() as captured:
        to.print(table)
    to.out("\n".join(line.rstrip(" ") for line in captured.get().splitlines()), highlight=False)
