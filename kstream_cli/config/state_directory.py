"""Where local state is kept: in folders made for this user alone, never in one that somebody else has put there."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from kstream_cli.errors import StoreError

MODE = 0o700
_REMEDY = "move it away, or set state.dir to another folder"
_FULL_DISK = os.strerror(errno.ENOSPC)


def shared_state_directory() -> Path:
    """Java's default, in the temporary folder of all users."""
    return Path(tempfile.gettempdir()) / "kafka-streams"


def default_state_directory() -> Path:
    """Java's default where it is this user's, or is not there yet; else a folder of the user (XDG_STATE_HOME)."""
    shared = shared_state_directory()
    if problem_of(shared) is None:
        return shared
    places = [os.environ.get("XDG_STATE_HOME", "")]
    with suppress(RuntimeError):  # A user without a home.
        places.append(str(Path.home() / ".local" / "state"))
    # One that is relative would be another one in each folder: XDG has it ignored.
    return next((Path(place) / "kstream" for place in places if os.path.isabs(place)), shared)


def make_private(path: Path) -> None:
    """Make a folder and those above it, or take one that is there, and close it to other users.

    Raises StoreError for a link, for what is no folder, and for a folder of another user.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=MODE)
    except FileExistsError:
        pass  # By something that is no folder, as is found below.
    except OSError as error:
        raise StoreError(
            f"the state directory {path} cannot be made: {error.strerror}: "
            f"{remedy_of(error) if error.errno == errno.ENOSPC else 'set state.dir to a folder that can be written'}"
        ) from error
    problem = problem_of(path)
    if problem is not None:
        raise StoreError(f"{path} {problem}: {_REMEDY}")
    _tighten(path)


def write_beside(path: Path, text: str) -> None:
    """Write a small file, all of it or none, over the one that was there.

    Raises StoreError where it cannot be written.
    """
    scratch = path.with_name(f"{path.name}.tmp")
    try:
        scratch.unlink(missing_ok=True)  # It may be a link, which would be followed.
        scratch.write_text(text)
        scratch.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}: {remedy_of(error)}") from error


def remedy_of(error: object) -> str:
    """What to do about an error of the system, or of RocksDB, in the state directory."""
    if _FULL_DISK in str(error):
        return "make room on that disk, or set state.dir to a folder on another"
    return _REMEDY


def problem_of(path: Path) -> str | None:
    """Why the folder at `path` is not to be used; None where it may be, or where nothing is there.

    It may belong to the owner of the folder that it is in, as all files do on some mounted disks: in a temporary folder
    that everybody writes to, that is root.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"cannot be looked at ({error.strerror})"
    if stat.S_ISLNK(found.st_mode):
        return "is a link, which may lead anywhere"
    if not stat.S_ISDIR(found.st_mode):
        return "is a file where a folder should be"
    if hasattr(os, "geteuid") and found.st_uid not in (os.geteuid(), path.parent.stat().st_uid):
        return f"belongs to another user ({_name_of(found.st_uid)})"
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return "cannot be written by this user"
    return None


def is_open_to_all(path: Path) -> bool:
    """Whether every user may make something in a folder, as in a temporary one."""
    try:
        return bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False


def _tighten(path: Path) -> None:
    """Take the rights of other users away, which an earlier version or a loose umask may have left."""
    with suppress(FileNotFoundError):  # It may be deleted at any time by who has its lock.
        found = path.stat()
        if hasattr(os, "geteuid") and found.st_uid == os.geteuid() and found.st_mode & 0o077:
            path.chmod(MODE)


def _name_of(user: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(user).pw_name
    except (ImportError, KeyError):
        return str(user)
