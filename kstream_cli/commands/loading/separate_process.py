"""Loads a module in a process of its own, where other modules of the same names are not in its way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kstream_cli.commands.option_variables import option_variables
from kstream_cli.described.model import DescribedTopology
from kstream_cli.described.saved import from_document, parsed
from kstream_cli.errors import ModuleError, TopologyError

_PACKAGES = Path(__file__).resolve().parents[3]


def described_apart(module: str | None, folder: Path, arguments: Sequence[str]) -> list[DescribedTopology]:
    """What `kstream describe MODULE --json` says when it is run in `folder`. Raises ModuleError when it fails."""
    text = run_apart(["describe", *([module] if module else []), "--json", *arguments], folder)
    try:
        # What a module prints while it is imported stands before.
        return from_document(parsed(text[max(text.rfind("\n{\n") + 1, 0) :]))
    except TopologyError as error:
        raise ModuleError(f"{module or 'the default topology'}: {error}") from error


def run_apart(arguments: Sequence[str], folder: Path) -> str:
    """What `kstream` writes when it is run with these arguments in `folder`. Raises ModuleError when it fails."""
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    left_out = option_variables() - _FOR_BOTH
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kstream_cli", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ModuleError(_said(done.stderr.decode(errors="replace")))
    return done.stdout.decode(errors="replace")


_FOR_BOTH = frozenset({"KSTREAM_CONFIG", "KSTREAM_NATIVE", "KSTREAM_INLINE", "KSTREAM_PROFILE", "KSTREAM_SET"})
"""Other variables of options are meant for the command at hand, not for the one that is run."""


def _said(error: str) -> str:
    lines = [line for line in error.strip().splitlines() if line.strip()]
    return "\n".join(lines).removeprefix("error: ").removeprefix("Error: ") or "it could not be loaded"
