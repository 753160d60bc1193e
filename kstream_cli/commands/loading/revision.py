"""A topology as of a revision of its repository: `git:REV[:path]`, loaded in a process of its own from a checkout."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path

from kstream_cli.commands.loading.module_loader import REVISION
from kstream_cli.commands.loading.separate_process import described_apart
from kstream_cli.commands.output.start_folder import show_checkout_as, start_folder
from kstream_cli.described.model import DescribedTopology
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import ModuleError


def described_at(reference: str, folder: Path, arguments: Sequence[str]) -> list[DescribedTopology]:
    """The topology of `git:REV[:path]`; the path is relative to `folder`. Raises ModuleError for an unknown one."""
    with checked_out(reference, folder) as (path, inside), named_in_errors(reference, inside):
        return described_apart(path, inside, arguments)


@contextmanager
def module_of(reference: str) -> Iterator[str | None]:
    """What names the module of `git:REV[:path]` to a command that loads it itself, in the folder as of REV.

    That folder is the working directory meanwhile, as the module may read files of its own.
    """
    with checked_out(reference, start_folder()) as (path, inside), chdir(inside):
        yield path


def path_in(reference: str) -> str | None:
    """The path of `git:REV[:path]`."""
    return reference.removeprefix(REVISION).partition(":")[2] or None


@contextmanager
def checked_out(reference: str, folder: Path) -> Iterator[tuple[str | None, Path]]:
    """(path of `git:REV[:path]`, None where it has none; the folder as of REV in a temporary checkout)."""
    revision = reference.removeprefix(REVISION).partition(":")[0]
    if not revision or revision.startswith("-"):
        raise ModuleError(f"{reference} names no revision: write git:REV or git:REV:path.py, as git:HEAD~1")
    root = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    commit = _commit(root, revision)
    with tempfile.TemporaryDirectory(prefix="kstream-") as checkout:
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", commit))) as archive:
            archive.extractall(checkout, filter="data")
        inside = Path(checkout).resolve() / folder.resolve().relative_to(root.resolve())
        show_checkout_as(inside, f"{REVISION}{revision}")
        if not inside.is_dir():
            raise ModuleError(f"{reference}: the folder {folder.name} is not there as of {revision}")
        yield path_in(reference), inside


@contextmanager
def named_in_errors(reference: str, inside: Path) -> Iterator[None]:
    """A ModuleError in this block names the reference, and not the folder of its checkout."""
    try:
        yield
    except ModuleError as error:
        raise ModuleError(f"{reference}: {str(error).replace(f'{inside}/', '')}") from error


def _commit(root: Path, revision: str) -> str:
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    except ModuleError:
        known = _git(root, "for-each-ref", "--format=%(refname:short)").decode().split()
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
