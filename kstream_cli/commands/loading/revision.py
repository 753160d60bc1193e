"""A topology as of a revision of its repository: `git:REV[:path]`, loaded in a process of its own from a checkout."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kstream_cli.commands.loading.separate_process import described_apart
from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import ModuleError

PREFIX = "git:"


def described_at(reference: str, folder: Path, arguments: Sequence[str]) -> list[DescribedTopology]:
    """The topology of `git:REV[:path]`; the path is relative to `folder`. Raises ModuleError for an unknown one."""
    with checked_out(reference, folder) as (path, inside):
        return described_apart(path, inside, arguments)


@contextmanager
def checked_out(reference: str, folder: Path) -> Iterator[tuple[str | None, Path]]:
    """(path of `git:REV[:path]`, the folder as of REV in a temporary checkout); the path is None where none is named.

    A ModuleError that is raised inside names the reference, and not the checkout.
    """
    revision, _, path = reference.removeprefix(PREFIX).partition(":")
    if not revision or revision.startswith("-"):
        raise ModuleError(f"{reference} names no revision: write git:REV or git:REV:path.py, as git:HEAD~1")
    root = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    commit = _commit(root, revision)
    with tempfile.TemporaryDirectory(prefix="kstream-") as checkout:
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", commit))) as archive:
            archive.extractall(checkout, filter="data")
        inside = Path(checkout) / folder.resolve().relative_to(root.resolve())
        if not inside.is_dir():
            raise ModuleError(f"{reference}: the folder {folder.name} is not there as of {revision}")
        try:
            yield path or None, inside
        except ModuleError as error:
            raise ModuleError(f"{reference}: {str(error).replace(f'{checkout}/', '')}") from error


def _commit(root: Path, revision: str) -> str:
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    except ModuleError:
        known = _git(root, "for-each-ref", "--format=%(refname:short)").decode().split()
        from kstream_cli.commands.output.failure import nearest

        near = nearest(revision, known)
        hint = f"\nDid you mean git:{near}?" if near else "\ngit log lists the commits there are."
        raise ModuleError(f"no revision {revision!r} in {root}{hint}") from None


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise ModuleError("git:REV needs the program git, which is not installed") from None
    if done.returncode:
        raise ModuleError(done.stderr.decode(errors="replace").strip().removeprefix("fatal: ") or "git failed")
    return done.stdout
