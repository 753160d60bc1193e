"""The completion scripts in completions/: `python -m kstream_cli.commands.completion FOLDER` writes them all.

The scripts ask the program itself at each Tab, so commands, options and module names are always those installed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from typer.completion import get_completion_script  # type: ignore[attr-defined]

FILES = {"bash": "kstream.bash", "zsh": "_kstream", "fish": "kstream.fish", "powershell": "kstream.ps1"}
"""Shell -> the name its script usually has."""

ZSH_LAST_LINE = "\ncompdef _kstream_completion kstream\n"
ZSH_LAST_LINES = """
if [[ $funcstack[1] == _kstream ]]; then
  _kstream_completion "$@"
else
  compdef _kstream_completion kstream
fi
"""
"""From a folder of fpath zsh runs the whole script at the first Tab, which must then complete already."""


def script(shell: str) -> str:
    """The script that teaches a shell to complete `kstream`."""
    text: str = get_completion_script(prog_name="kstream", complete_var="_KSTREAM_COMPLETE", shell=shell)
    return f"{text}\n".replace(ZSH_LAST_LINE, ZSH_LAST_LINES)


def write_scripts(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for shell, name in FILES.items():
        (folder / name).write_text(script(shell))


if __name__ == "__main__":
    write_scripts(Path(sys.argv[1]))
