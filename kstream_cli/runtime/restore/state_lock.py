"""One lock a task in the state directory, so that threads and processes on one machine can share the directory.

The operating system lets go of a lock when its process ends, however that happens.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from kstream_cli.errors import StateDirectoryLockedError, StoreError

try:
    import fcntl
except ImportError:  # Windows: msvcrt locks a byte instead.
    fcntl = None  # type: ignore[assignment]
    import msvcrt

LOCK_FILE = ".lock"


class StateLock:
    """Holds the lock of one task's directory from `acquire` to `release`."""

    def __init__(self, directory: Path, *, mode: int = 0o700) -> None:
        self._directory = directory
        self._mode = mode
        self._file: int | None = None

    def acquire(self) -> None:
        """Make the directory and lock it. Raises StateDirectoryLockedError when another task's owner holds it."""
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
            try:
                self._directory.mkdir(parents=True, exist_ok=True, mode=self._mode)
            except OSError as error:
                raise StoreError(
                    f"the state directory {self._directory} cannot be made: {error.strerror}: "
                    "set state.dir to a folder that can be written"
                ) from error
            try:
                handle = os.open(self._directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
                break
            except FileNotFoundError:
                continue  # The directory was deleted in between.
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
