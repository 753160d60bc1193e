"""Applies a batch of changelog records to a store, and names the one that the store cannot make sense of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any

from kstream_cli.errors import StoreError, TaskCorruptedError
from kstream_cli.task.standby_task import StandbyTask
from kstream_cli.task.stream_task import StreamTask


def restore_batch(task: StreamTask | StandbyTask, store: str, batch: Sequence[Any]) -> int:
    """The offset after the batch. Raises StoreError, with the position of the record that is not one of the store's.

    Records without a key are passed over, as a source topic that serves as changelog may have some.
    """
    next_offset: int = batch[-1].offset() + 1
    try:
        task.restore(store, _records(batch), next_offset)
    except (StoreError, TaskCorruptedError):
        raise  # The disk's, not of a record.
    except Exception as error:
        raise _foreign_record(task, store, batch) or error from error
    return next_offset


def _records(batch: Sequence[Any]) -> Iterable[tuple[bytes, bytes | None, int]]:
    """Keys, values and timestamps; a batch that has `rows` says them itself."""
    rows: Callable[[], Iterable[tuple[bytes, bytes | None, int]]] | None = getattr(batch, "rows", None)
    if rows is not None:
        return rows()
    # The methods of the class, mapped: half the time of calling each.
    kind = type(batch[0])
    keys = list(map(kind.key, batch))
    if None in keys:
        batch = list(compress(batch, [key is not None for key in keys]))
        keys = [key for key in keys if key is not None]
    return zip(keys, map(kind.value, batch), map(itemgetter(1), map(kind.timestamp, batch)), strict=True)


def _foreign_record(task: StreamTask | StandbyTask, store: str, batch: Sequence[Any]) -> StoreError | None:
    """Restore one by one, which changes nothing for those that are in order, up to the first that fails."""
    for message in batch:
        key, value = message.key(), message.value()
        if key is None:
            continue
        try:
            task.restore(store, [(key, value, message.timestamp()[1])], message.offset() + 1)
        except Exception as error:
            size = "no value" if value is None else f"a value of {len(value)} bytes"
            return StoreError(
                f"task {task.id}: store {store!r} cannot be restored from {message.topic()}-{message.partition()}"
                f"@{message.offset()}: the record (a key of {len(key)} bytes, {size}) is none of its own: {error}\n"
                "Was the topic written by something else, or by a store of another kind or serde? "
                "Reset the application, or give it another application.id"
            )
    return None
