"""`kstream new`: a topology module to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kstream_cli.commands.options import Debug

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The topology's name, such as page_views.")],
    folder: Annotated[
        Path,
        typer.Option(
            "--folder",
            help="The project's folder.",
            envvar="KSTREAM_FOLDER",
            show_envvar=True,
            show_default=True,
        ),
    ] = Path("."),
    debug: Debug = False,
) -> None:
    """Make a topology module with samples, and a test that passes.

    \b
    Example:
      kstream new page_views
    """
    from kstream_cli.commands.output.standard_streams import write
    from kstream_cli.commands.scaffold import write_topology

    module, *others = write_topology(name, folder)
    *most, last = [str(file) for file in (module, *others)]
    write(f"wrote {', '.join(most)} and {last}")
    write(f"next: kstream try {module}")
