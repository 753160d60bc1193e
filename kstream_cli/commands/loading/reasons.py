"""Findings with the reasons that comments in the topology's own files give for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from kstream_cli.changes.allowances import allowances, allowed
from kstream_cli.changes.finding import Finding
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.described.model import DescribedTopology, Position


def with_reasons(findings: Iterable[Finding], topology: DescribedTopology, folder: Path | None) -> tuple[Finding, ...]:
    """The findings with the reasons that comments in the topology's own files give, and files named from here."""
    if folder is None:
        return tuple(findings)
    files: dict[str, str] = {}
    for node in topology.nodes():
        places = [node.position, *(function.position for function in node.functions)]
        for name in {place.file for place in places if place is not None} - files.keys():
            files[name] = _text(folder / name)
    return tuple(_from_here(finding, folder) for finding in allowed(findings, allowances(files)))


def _from_here(finding: Finding, folder: Path) -> Finding:
    """The finding with its file as an editor or a pull request knows it: relative to the current folder."""
    if finding.position is None:
        return finding
    file = (folder / finding.position.file).resolve()
    here = start_folder().resolve()
    if not file.is_relative_to(here):
        return finding
    place = Position(file=file.relative_to(here).as_posix(), line=finding.position.line)
    return msgspec.structs.replace(finding, position=place)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
