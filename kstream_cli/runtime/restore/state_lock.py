"""One lock a task in the state directory, so that threads and processes on one machine can share the directory.

The operating system lets go of a lock when its process ends, however that happens.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from kstream_cli.config.state_directory import make_private
from kstream_cli.errors import StateDirectoryLockedError, StoreError

try:
    import fcntl
except ImportError:  # Windows: msvcrt locks a byte instead.
    fcntl = None  # type: ignore[assignment]
    import msvcrt

LOCK_FILE = ".lock"
_NO_LINKS: int = getattr(os, "O_NOFOLLOW", 0)


class StateLock:
    """Holds the lock of one task's directory from `acquire` to `release`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: int | None = None

    def acquire(self) -> None:
        """Make the directory and lock it. Raises StateDirectoryLockedError when another task's owner holds it.

        Raises StoreError where the directory, or its lock file, is not to be used.
        """
        while True:
            handle = self._locked()
            if _is_at(handle, self._directory / LOCK_FILE):
                self._file = handle
                return
            os.close(handle)  # Whoever had the lock deleted the directory.

    def release(self) -> None:
        """Let go of the lock, and note that the directory was in use until now."""
        if self._file is not None:
            with suppress(OSError):  # The directory may be deleted by now.
                os.utime(self._directory / LOCK_FILE)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the lock without a trace."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def delete(self) -> None:
        """Delete the lock and the directory, which holds nothing else."""
        if fcntl is None:  # Windows deletes no open file.
            self.abandon()
        (self._directory / LOCK_FILE).unlink()
        self._directory.rmdir()
        self.abandon()

    def _locked(self) -> int:
        """The lock file, opened and locked."""
        while True:
            make_private(self._directory)
            lock = self._directory / LOCK_FILE
            try:
                handle = os.open(lock, os.O_RDWR | os.O_CREAT | _NO_LINKS, 0o600)
                break
            except FileNotFoundError:
                continue  # The directory was deleted in between.
            except OSError as error:
                raise StoreError(
                    f"the lock file {lock} cannot be opened: {error.strerror}: give this user the right to write it, "
                    "delete it while nothing uses the directory, or set another state.dir"
                ) from error
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            os.close(handle)
            raise StateDirectoryLockedError(
                f"the state directory {self._directory} is in use by another process: "
                "stop that one, or give this one another state.dir"
            ) from error
        return handle


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still the one at its path."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
