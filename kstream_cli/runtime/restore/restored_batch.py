"""Applies a batch of changelog records to a store, and names the one that the store cannot make sense of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any

from kstream_cli.errors import StoreError, TaskCorruptedError
from kstream_cli.record import NO_HEADERS
from kstream_cli.state.serialized import Columns, RowsOnDisk
from kstream_cli.task.standby_task import StandbyTask
from kstream_cli.task.stream_task import StreamTask


class Rows(Columns):
    """The rows of a native run."""

    __slots__ = ("_run",)

    def __init__(self, run: Any) -> None:
        self._run = run

    def columns(self, timestamped: bool, /) -> RowsOnDisk:
        found: RowsOnDisk = self._run.columns(timestamped)
        return found

    def __iter__(self) -> Iterator[tuple[bytes, bytes | None, int]]:
        return iter(self._run.rows())


def restore_batch(task: StreamTask | StandbyTask, store: str, batch: Sequence[Any]) -> int:
    """The offset after the batch. Raises StoreError, with the position of the record that is not one of the store's.

    Records without a key are passed over, as a source topic that serves as changelog may have some.
    """
    next_offset: int = batch[-1].offset() + 1
    try:
        task.restore(store, _records(batch, task.stores[store].restores_headers), next_offset)
    except (StoreError, TaskCorruptedError):
        raise  # The disk's, not of a record.
    except Exception as error:
        raise _foreign_record(task, store, batch) or error from error
    return next_offset


def _records(batch: Sequence[Any], with_headers: bool) -> Iterable[Any]:
    """Keys, values and timestamps, and headers where asked for; a batch that has `rows` says the former itself."""
    if with_headers:
        return [
            (message.key(), message.value(), message.timestamp()[1], message.headers() or NO_HEADERS)
            for message in batch
            if message.key() is not None
        ]
    if hasattr(batch, "rows"):
        return Rows(batch)
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
            task.restore(store, _records([message], task.stores[store].restores_headers), message.offset() + 1)
        except Exception as error:
            size = "no value" if value is None else f"a value of {len(value)} bytes"
            return StoreError(
                f"task {task.id}: store {store!r} cannot be restored from {message.topic()}-{message.partition()}"
                f"@{message.offset()}: the record (a key of {len(key)} bytes, {size}) does not belong to it: {error}\n"
                "Was the topic written by something else, or by a store of another kind or serde? "
                "Reset the application, or give it another application.id"
            )
    return None
