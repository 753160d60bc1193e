"""Where a store's database is, and whose it is: in a folder of kstream's own beside the one that Java uses.

Kafka Streams for Java keeps a store in `<task>/rocksdb/<store>`, in another form: neither can read the other's.
"""

from __future__ import annotations

from pathlib import Path

from kstream_cli.config.state_directory import make_private, write_beside
from kstream_cli.errors import ForeignStateError
from kstream_cli.state.store_context import StoreContext

OWN_FOLDER = "kstream"
"""In a task's directory; all that kstream keeps for the task is in it, but for the lock."""
_OWNER = "OWNER"
"""A file beside the database's own, which says whose it is."""
_FORMAT = "kstream state 1"


def store_folder(context: StoreContext, store: str, form: str = "") -> Path:
    """The folder for a store's database, made if need be; `form` is appended to its name.

    Raises ForeignStateError where it holds anything but this store's rows, in the form that this version writes, and
    StoreError where it is no folder, or cannot be written.
    """
    own = context.directory / OWN_FOLDER
    make_private(own)
    path = own / f"{store}{form}"
    make_private(path)
    owner = f"{_FORMAT}\nchangelog {context.changelog_topic(store)}\ntask {context.task}\n"
    found = _owner_of(path)
    if found is None:
        write_beside(path / _OWNER, owner)
    elif found != owner:
        raise ForeignStateError(f"{path} {_told(found, owner)}", path=path)
    return path


def set_aside(path: Path) -> Path:
    """Move what is not ours out of the way, and return where it is now."""
    number = 1
    while (aside := path.with_name(f"{path.name}.set-aside-{number}")).exists():
        number += 1
    path.rename(aside)
    return aside


def _owner_of(path: Path) -> str | None:
    """What the folder says of its owner; None for an empty one, nothing where it does not say."""
    try:
        return (path / _OWNER).read_text()
    except FileNotFoundError:
        is_empty = not any(each.name != f"{_OWNER}.tmp" for each in path.iterdir())
        return None if is_empty else ""
    except (OSError, ValueError):
        return ""


def _told(found: str, wanted: str) -> str:
    there, here = found.splitlines(), wanted.splitlines()
    if len(there) != len(here) or not there[0].startswith("kstream state "):
        return "holds files that kstream did not write"
    if there[0] != here[0]:
        return f"was written by another version of kstream ({there[0]!r}, not {here[0]!r})"
    return f"holds the state of {there[1]}, {there[2]}, not of {here[1]}, {here[2]}"
