"""Where a running embedded broker can be found: one small file for each, in a folder that only this user may read.

So `kstream send` and the other commands need no address while an embedded broker runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from kstream_cli.config.state_directory import make_private, problem_of


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """An embedded broker that was started by a command of this user."""

    bootstrap_servers: str
    pid: int
    """Of the command, not of the broker's own process."""
    command: str
    application_id: str | None = None


@contextmanager
def announced(bootstrap_servers: str, *, command: str, application_id: str | None = None) -> Iterator[None]:
    """Tell other commands of a broker, as long as the context lasts."""
    folder = _folder()
    make_private(folder)
    file = folder / f"{os.getpid()}-{bootstrap_servers.rpartition(':')[2]}.json"
    file.write_text(json.dumps(asdict(RunningBroker(bootstrap_servers, os.getpid(), command, application_id))))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_brokers() -> list[RunningBroker]:
    """The embedded brokers of this user that answer. What a killed command has left behind is deleted."""
    folder = _folder()
    if not folder.is_dir() or problem_of(folder) is not None:
        return []
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            broker = RunningBroker(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            continue
        if _answers(broker.bootstrap_servers):
            found.append(broker)
        else:
            with contextlib.suppress(OSError):
                file.unlink()
    return found


def _folder() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return Path(runtime) / "kstream"
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"kstream-brokers-{user}"


def _answers(bootstrap_servers: str) -> bool:
    host, _, port = bootstrap_servers.rpartition(":")
    with contextlib.suppress(OSError, ValueError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False
