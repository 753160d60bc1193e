"""A global store as processors see it: they may read it, only the global thread writes it."""

from __future__ import annotations

from typing import Any

from kstream_cli.errors import StoreError
from kstream_cli.state.store import StateStore

_WRITES = frozenset(
    {"put", "put_all", "put_if_absent", "delete", "remove", "flush", "commit", "restore", "close", "open"}
)


class ReadOnlyStore:
    """Passes reads on; a write raises StoreError."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        if name in _WRITES:
            raise StoreError(
                f"global store {self._store.name!r} can only be read here: its own processor writes it, "
                "from its source topic"
            )
        return getattr(self._store, name)
