"""`kstream version`: what is installed."""

from __future__ import annotations

import typer

from kstream_cli.commands.options import Debug, Json

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def version(json: Json = False, debug: Debug = False) -> None:
    """Show the versions of kstream and of the libraries that it uses.

    \b
    Example:
      kstream version --json
    """
    from kstream_cli.commands.output.standard_streams import write
    from kstream_cli.commands.versions import versions

    found = versions()
    if json:
        from json import dumps

        write(dumps(found, indent=2))
        return
    width = max(map(len, found))
    for name, number in found.items():
        write(f"{name:<{width}}  {number}")
