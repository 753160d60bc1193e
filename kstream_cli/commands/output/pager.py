"""Lines for a reader: folded to the terminal's width, and paged where there are more of them than it has rows."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress

from rich.console import Console
from rich.text import Text

from kstream_cli.commands.output.plain_lines import plain, write_plain
from kstream_cli.printable import printable
from kstream_cli.render.tree import Line


def show(console: Console, lines: Iterable[Line], *, pager: bool = True) -> None:
    """Write the lines, coloured by role. A pager ($PAGER, else less) takes what is longer than the terminal."""
    if not console.is_terminal:
        # Rich would take a second for a thousand lines that it neither colours nor folds.
        write_plain(lines)
        return
    rows = [row for line in lines for row in _rows(console, line)]
    if not (pager and len(rows) > console.height and _paged(console, rows)):
        for row in rows:
            console.print(row, soft_wrap=True)


def _paged(console: Console, rows: Iterable[Text]) -> bool:
    """Whether a pager took the rows."""
    command = shlex.split(os.environ.get("PAGER") or "less")
    with console.capture() as captured:
        for row in rows:
            console.print(row, soft_wrap=True)
    try:
        # -R keeps colours, -F leaves at once where all fits, -X leaves the text on the screen.
        environment = {"LESS": "-RFX", **os.environ}
        program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=console.file, env=environment)
    except OSError:
        return False
    # The reader may have seen enough before the end.
    with program, suppress(BrokenPipeError):
        program.communicate(captured.get().encode(console.encoding, "backslashreplace"))
    return True


def _rows(console: Console, line: Line) -> Iterator[Text]:
    guides, hanging = (plain(text, console.encoding) for text in (line.guides, line.hanging))
    words = Text.assemble(*((printable(text), role) for role, text in line.words), overflow="fold")
    width = max(console.width - max(len(guides), len(hanging)), 20)
    for number, row in enumerate([words] if words.cell_len <= width else words.wrap(console, width)):
        row.rstrip()
        yield Text.assemble((guides if number == 0 else hanging, "muted"), row)
