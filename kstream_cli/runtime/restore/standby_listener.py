"""What a user may be told about standby copies: when one begins, each batch, and its end (KIP-988)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from kstream_cli.logs import logger
from kstream_cli.user_objects import of_user_code

log = logger(__name__)


class SuspendReason(Enum):
    """Why a standby copy ends here (Java: StandbyUpdateListener.SuspendReason)."""

    MIGRATED = "MIGRATED"
    """Another instance keeps it from now on, or none."""
    PROMOTED = "PROMOTED"
    """This instance takes the task over."""


class StandbyUpdateListener:
    """Override the methods you need (Java: StandbyUpdateListener, KIP-988).

    The standby thread calls them: do not block.

    Offsets are those of the changelog; an `end` of None is not known yet. If a listener raises, the error is logged,
    and the copy continues.

    Example::

        class Lag(StandbyUpdateListener):
            def on_batch_loaded(self, topic, partition, store, task, batch_end, count, end):
                print(store, (end or batch_end) - batch_end, "behind")

        streams.set_standby_update_listener(Lag())
    """

    def on_update_start(self, topic: str, partition: int, store: str, start: int) -> None:
        """A copy begins at offset `start`."""

    def on_batch_loaded(
        self, topic: str, partition: int, store: str, task: str, batch_end: int, count: int, end: int | None
    ) -> None:
        """`count` more records are in the copy; `batch_end` is the next offset to read, `end` the changelog's end."""

    def on_update_suspended(
        self, topic: str, partition: int, store: str, offset: int, end: int | None, reason: SuspendReason
    ) -> None:
        """The copy ends here, as of `offset`."""


def tell(told: Callable[..., None], *what: Any) -> None:
    """Call a listener; what it raises is logged."""
    try:
        told(*what)
    except of_user_code():
        log.exception("the standby update listener failed")
