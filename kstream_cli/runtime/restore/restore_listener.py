"""What a user may be told about restoring: when it starts, each batch, and its end."""

from __future__ import annotations


class StateRestoreListener:
    """Override the methods you need (Java: StateRestoreListener). Stream threads call them, so they must not block.

    Example::

        class Progress(StateRestoreListener):
            def on_batch_restored(self, topic, partition, store, batch_end, count):
                print(store, batch_end)

        streams.set_restore_listener(Progress())
    """

    def on_restore_start(self, topic: str, partition: int, store: str, start: int, end: int) -> None:
        """Restoring begins at changelog offset `start`; `end` is where the changelog ends now."""

    def on_batch_restored(self, topic: str, partition: int, store: str, batch_end: int, count: int) -> None:
        """`count` more records are in the store; `batch_end` is the next offset to read."""

    def on_restore_end(self, topic: str, partition: int, store: str, total: int) -> None:
        """The store is as of the end of its changelog, after `total` records."""

    def on_restore_suspended(self, topic: str, partition: int, store: str, total: int) -> None:
        """The task moved away before its store was restored."""
