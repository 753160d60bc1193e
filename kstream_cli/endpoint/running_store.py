"""A store of a running application, read from whichever instances have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from kstream_cli.did_you_mean import nearest
from kstream_cli.endpoint.client import EndpointClient, InstanceAwayError, RefusedError, target
from kstream_cli.endpoint.instances import Instances
from kstream_cli.endpoint.shapes import StoreInfo, StoreRow, StoreRows
from kstream_cli.endpoint.store_reads import MOST_ROWS
from kstream_cli.errors import ConfigError, StoreNotAvailableError, StreamsError, UnknownStoreError
from kstream_cli.operations.store_query import StoredRow
from kstream_cli.serde.windowed import Windowed

_CANNOT_ROUTE = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows are asked for. Keys are texts, as the store's serde takes them; times are milliseconds."""

    from_key: str | None = None
    to_key: str | None = None
    prefix: str | None = None
    from_time: int | None = None
    to_time: int | None = None
    as_of: int | None = None
    """Of a versioned store: the value that held then. Only of a key."""
    committed: bool = False
    stale: bool = False
    """Also copies that are behind, the nearest to their changelog first."""


class RunningStore:
    """Reads a store of a running application.

    Args:
        name: The store.
        instances: Those to ask; the first that answers says what the store is.

    Raises:
        UnknownStoreError: The application has no such store.
        StoreNotAvailableError: No instance answers.

    Example:
        >>> store = RunningStore("counts", Instances(["127.0.0.1:8080"]))
        >>> [row.value for row in store.of_key("hello", Asked())]
        [2]
    """

    def __init__(self, name: str, instances: Instances) -> None:
        self.name = name
        found, self._away = instances.ask(lambda client: client.read("/stores", list[StoreInfo]))
        if not found:
            raise StoreNotAvailableError("no instance can be asked: " + "; ".join(self._away.values()))
        self._infos: dict[EndpointClient, StoreInfo] = {}
        for client, stores in found.items():
            by_name = {each.store: each for each in stores}
            if name not in by_name:
                raise UnknownStoreError(_unknown(name, list(by_name)))
            self._infos[client] = by_name[name]
        self.info = next(iter(self._infos.values()))
        self.problems: list[str] = []
        """What is missing in the rows that were read, for people."""
        self.behind: dict[int, int | None] = {}
        """Partition that was read from a copy that is behind -> by how many records, where that is known."""

    @property
    def is_windowed(self) -> bool:
        return self.info.kind in ("window", "session")

    def of_key(self, key: str, asked: Asked) -> list[StoredRow]:
        """The rows of a key, from the instance that has it.

        Raises StoreNotAvailableError where that is away or restores, and ConfigError for what cannot be asked for.
        """
        if not key:
            raise ConfigError("the key is empty: instances take no such key. Add --from-changelog")
        if asked.stale:
            return self._anywhere(key, asked, ())
        refused = []
        for client in self._infos:
            try:
                return self._rows(self._ask(client, key, asked).rows)
            except RefusedError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    return []
                if error.status not in _CANNOT_ROUTE:
                    raise _refused(error) from error
                refused.append(str(error))
            except InstanceAwayError as error:
                refused.append(str(error))
        return self._anywhere(key, asked, refused)

    def of_range(self, asked: Asked) -> Iterator[StoredRow]:
        """The rows of all partitions, one after the other. `problems` then says what is missing.

        Raises ConfigError for what cannot be asked for.
        """
        if asked.as_of is not None:
            raise ConfigError("--as-of is for one key: add KEY")
        for partition, client in self._partitions(asked.stale).items():
            try:
                yield from self._pages(client, partition, asked)
            except InstanceAwayError as error:
                self.problems.append(f"{self._name(partition)} was not read to its end: {error}")
            except RefusedError as error:
                if error.status not in _CANNOT_ROUTE:
                    raise _refused(error) from error
                self.problems.append(f"{self._name(partition)} cannot be read: {error}")

    def _ask(self, client: EndpointClient, key: str, asked: Asked, **more: Any) -> StoreRows:
        query = {"time_from": asked.from_time, "time_to": asked.to_time, "as_of": asked.as_of, "limit": MOST_ROWS}
        path = target("stores", self.name, key, **query, committed=asked.committed or None, **more)
        found = client.read(path, StoreRows)
        if found.more:
            self.problems.append(f"the key has more than {MOST_ROWS:,} rows: narrow them by time")
        return found

    def _anywhere(self, key: str, asked: Asked, refused: list[str] | tuple[str, ...]) -> list[StoredRow]:
        """The rows of a key, of whichever instance has them, that which is least behind the first."""
        best: dict[int, tuple[float, list[StoreRow]]] = {}
        lags: dict[int, int | None] = {}
        hindered = list(refused)
        for client in self._infos:
            try:
                found = self._ask(client, key, asked, route=False, stale=asked.stale or None)
            except RefusedError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    hindered.append(str(error))
                continue
            except InstanceAwayError as error:
                hindered.append(str(error))
                continue
            for partition in {row.partition for row in found.rows}:
                lag = found.lags.get(str(partition))
                rank = float("inf") if lag is None else lag
                if partition not in best or rank < best[partition][0]:
                    best[partition] = rank, [row for row in found.rows if row.partition == partition]
                    lags[partition] = lag
        if best:
            self.behind = {partition: lag for partition, lag in lags.items() if lag != 0}
            return [each for _, (_, rows) in sorted(best.items()) for each in self._rows(rows)]
        self._partitions(asked.stale)
        if self.problems or self._away:
            reasons = dict.fromkeys([*hindered, *self.problems, *self._away.values()])
            self.problems = []
            raise StoreNotAvailableError(f"whether {self.name} has the key is not known: {'; '.join(reasons)}")
        return []

    def _partitions(self, stale: bool) -> dict[int, EndpointClient]:
        """Partition -> the instance to read it from; those that nobody has are told as problems."""
        if self.info.is_global:
            return {-1: next(iter(self._infos))}
        found: dict[int, tuple[float, EndpointClient]] = {}
        restoring: dict[int, int | None] = {}
        for client, info in self._infos.items():
            for text, lag in info.lags.items():
                partition = int(text)
                if lag != 0 and not stale:
                    restoring[partition] = lag
                    continue
                rank = float("inf") if lag is None else lag
                if partition not in found or rank < found[partition][0]:
                    found[partition] = rank, client
                    self.behind[partition] = lag
        self.behind = {partition: lag for partition, lag in self.behind.items() if lag != 0}
        count = max((info.partitions or 0 for info in self._infos.values()), default=0)
        known = {*range(count), *found, *restoring}
        for partition in sorted(known - found.keys()):
            if partition in restoring:
                lag = restoring[partition]
                left = "" if lag is None else f", {lag:,} records are left"
                self.problems.append(f"{self._name(partition)} is being restored, or only a copy{left}: add --stale")
            else:
                away = "; ".join(self._away.values())
                self.problems.append(f"{self._name(partition)} is on no instance that answers" + (away and f": {away}"))
        return {partition: client for partition, (_, client) in sorted(found.items())}

    def _pages(self, client: EndpointClient, partition: int, asked: Asked) -> Iterator[StoredRow]:
        """The rows of a partition; those of a key-value store page by page, so that they may be many."""
        query = {"time_from": asked.from_time, "time_to": asked.to_time, "limit": MOST_ROWS}
        query |= {"committed": asked.committed or None, "stale": asked.stale or None}
        if partition >= 0:
            query["partition"] = partition
        first, prefix, is_next = asked.from_key, asked.prefix, False
        while True:
            path = target("stores", self.name, **query, from_=first, to=asked.to_key, prefix=prefix)
            found = client.read(path, StoreRows)
            rows = list(found.rows[1:] if is_next else found.rows)
            if is_next and asked.prefix is not None:
                fitting = [row for row in rows if str(row.key).startswith(asked.prefix)]
                yield from self._rows(fitting)
                if len(fitting) < len(rows):
                    return
            else:
                yield from self._rows(rows)
            if not found.more:
                return
            last = found.rows[-1].key
            if self.info.kind != "key-value" or not isinstance(last, str | int) or isinstance(last, bool):
                self.problems.append(
                    f"{self._name(partition)} has more than {MOST_ROWS:,} such rows: narrow them, or add "
                    "--from-changelog"
                )
                return
            first, prefix, is_next = str(last), None, True

    def _rows(self, rows: Any) -> list[StoredRow]:
        return [self._row(row) for row in rows]

    def _row(self, row: StoreRow) -> StoredRow:
        window = row.window
        key = row.key if window is None else Windowed(row.key, window.start, window.end)
        return StoredRow(key, row.value, row.timestamp, row.partition, None, row.valid_to)

    def _name(self, partition: int) -> str:
        return self.name if partition < 0 else f"{self.name}, partition {partition},"


def _refused(error: RefusedError) -> StreamsError:
    """What is asked for does not suit the store; the endpoint's parameters are options here."""
    if error.status == HTTPStatus.UNAUTHORIZED:
        return error
    text = str(error).replace("time_from", "--from-time").replace("time_to", "--to-time").replace("as_of", "--as-of")
    return ConfigError(text)


def _unknown(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(known) or 'none'}"
    return f"there is no store {name!r}: {hint}"
