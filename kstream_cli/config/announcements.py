"""What commands of this user tell one another: one small file for each, in a folder that only this user may read."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kstream_cli.config.state_directory import make_private, problem_of
from kstream_cli.errors import StoreError

_ANSWER_SECONDS = 1.0


@contextmanager
def announced(kind: str, address: str, facts: Mapping[str, Any]) -> Iterator[None]:
    """Tell other commands of what listens at `address`, HOST:PORT, as long as the context lasts.

    Where nothing can be written, as in a container that is read-only, it has to be named by its address.
    """
    folder = _folder()
    file = folder / f"{kind}-{os.getpid()}-{address.rpartition(':')[2]}.json"
    with contextlib.suppress(OSError, StoreError):
        make_private(folder)
        file.write_text(json.dumps({"address": address, **facts}))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink()


def announcements(kind: str) -> Iterator[Mapping[str, Any]]:
    """The facts of those that listen, `address` among them. What a killed command has left behind is deleted."""
    folder = _folder()
    if not folder.is_dir() or problem_of(folder) is not None:
        return
    for file in sorted(folder.glob(f"{kind}-*.json")):
        try:
            facts = json.loads(file.read_text())
            listens = _listens(facts["address"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if listens:
            yield facts
        else:
            with contextlib.suppress(OSError):
                file.unlink()


def _folder() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime):
        return Path(runtime) / "kstream"
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"kstream-{user}"


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError, ValueError, OverflowError):
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_SECONDS).close()
        return True
    return False
