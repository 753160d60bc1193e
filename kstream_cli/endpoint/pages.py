"""The pages of the endpoint: what each path answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request

from kstream_cli.described.built import described
from kstream_cli.described.saved import json_of
from kstream_cli.endpoint.forwarding import FORWARDED, ask
from kstream_cli.endpoint.health import not_alive, not_ready
from kstream_cli.endpoint.parameters import RequestError
from kstream_cli.endpoint.shapes import Health, StoreRows, WhyAnswer
from kstream_cli.endpoint.store_reads import Read, ReadableStore
from kstream_cli.endpoint.values import key_of
from kstream_cli.errors import SerializationError, StoreNotAvailableError, UnknownStoreError
from kstream_cli.operations.instance_facts import client_id_of, instance_facts, topology_hash
from kstream_cli.operations.instance_silence import InstanceSilence
from kstream_cli.runtime.kafka_streams import KafkaStreams
from kstream_cli.runtime.prometheus import exposition

READ_SECONDS = 10.0
JSON = "application/json"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Answer(NamedTuple):
    """A body with its status and type."""

    body: bytes
    status: int = 200
    type: str = JSON


class Pages:
    """Answers requests from a running application. Each method is given what the request's query asks for."""

    def __init__(self, streams: KafkaStreams, *, stuck_seconds: float) -> None:
        topology, config = streams.topology, streams.config
        self._streams = streams
        self._stuck_seconds = stuck_seconds
        self._exposition: Callable[[], bytes] = exposition(streams.metrics)
        self._stores = {
            name: ReadableStore(name, topology, config) for name in (*topology.stores, *topology.global_stores)
        }
        name = config.application_id
        made = described(topology, name=name, application_id=name)
        self._topology = json_of(made).encode()
        self._hash = topology_hash(topology)
        self._silence = InstanceSilence.for_topology(topology, made, config)

    def metrics(self, request: Request, asked: dict[str, Any]) -> Answer:
        return Answer(self._exposition(), type=PROMETHEUS)

    def livez(self, request: Request, asked: dict[str, Any]) -> Answer:
        return self._health(request, not_alive(self._streams, self._stuck_seconds))

    def readyz(self, request: Request, asked: dict[str, Any]) -> Answer:
        return self._health(request, not_ready(self._streams))

    def topology(self, request: Request, asked: dict[str, Any]) -> Answer:
        return Answer(self._topology)

    def status(self, request: Request, asked: dict[str, Any]) -> Answer:
        return answer(instance_facts(self._streams, self._hash))

    def why(self, request: Request, asked: dict[str, Any]) -> Answer:
        facts = instance_facts(self._streams, self._hash)
        found = self._silence.of(facts)
        return answer(
            WhyAnswer(instance=facts.client_id, cause=found.cause, sentence=found.sentence, remedy=found.remedy)
        )

    def stores(self, request: Request, asked: dict[str, Any]) -> Answer:
        lags = self._streams.all_local_store_partition_lags()
        return answer([store.info(self._partitions(name), lags.get(name, {})) for name, store in self._stores.items()])

    def rows(self, request: Request, asked: dict[str, Any]) -> Answer:
        store = self._store(request)
        prefix, first, last = asked["prefix"], asked["from"], asked["to"]
        if prefix is not None and (first is not None or last is not None):
            raise RequestError(400, "prefix cannot be combined with from and to: leave them out")
        first, last, prefix = (None if text is None else self._key(store, text) for text in (first, last, prefix))
        return answer(self._read(store, store.of_range(first, last, prefix, asked), asked))

    def row(self, request: Request, asked: dict[str, Any]) -> Answer:
        store = self._store(request)
        text = request.path_params["key"]
        key = self._key(store, text)
        read = store.of_key(key, asked)
        is_forwarded = FORWARDED.lower() in request.headers
        if asked["route"] and not is_forwarded and not asked["stale"] and asked["partition"] is None:
            other = self._owner(store, key)
            if other is not None:
                return self._forwarded(request, other)
        found = self._read(store, read, asked)
        if not found.rows and store.kind not in ("window", "session"):
            raise RequestError(404, f"store {store.name} has no key {text!r:.200}")
        return answer(found)

    def _health(self, request: Request, reasons: tuple[str, ...]) -> Answer:
        told = reasons if request.scope["kstream.trusted"] else ()
        return answer(Health(ok=not reasons, reasons=told), status=503 if reasons else 200)

    def _store(self, request: Request) -> ReadableStore:
        name = request.path_params["store"]
        if name not in self._stores:
            known = ", ".join(self._stores) or "none"
            raise RequestError(404, f"there is no store {name!r:.200}; there are: {known}")
        return self._stores[name]

    def _partitions(self, store: str) -> int | None:
        try:
            return self._streams.partitions_of_store(store)
        except StoreNotAvailableError:
            return None

    def _key(self, store: ReadableStore, text: str) -> Any:
        try:
            return key_of(text, store.key, store.topic)
        except SerializationError as error:
            raise RequestError(400, str(error)) from error

    def _owner(self, store: ReadableStore, key: Any) -> str | None:
        """The address of the instance that has the key; None where it is this one."""
        streams = self._streams
        try:
            partition = streams.partition_for_key(store.name, key)
            if partition < 0 or streams.all_local_store_partition_lags().get(store.name, {}).get(partition) == 0:
                return None
            metadata = streams.query_metadata_for_key(store.name, key)
        except StoreNotAvailableError as error:
            raise RequestError(503, str(error)) from error
        if metadata.active.is_local:
            return None
        if metadata.active.server is None:
            raise RequestError(
                503,
                f"partition {partition} of {store.name} is with the instance {metadata.active.client_id}, which "
                "has no application.server: give each instance its HOST:PORT",
            )
        return metadata.active.server

    def _forwarded(self, request: Request, server: str) -> Answer:
        query = request.scope["query_string"].decode("latin-1")
        target = request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        status, body = ask(server, target, request.headers.get("authorization"))
        return Answer(body, status)

    def _read(self, store: ReadableStore, read: Read, asked: dict[str, Any]) -> StoreRows:
        try:
            found = self._streams.query(
                store.name,
                read,
                partition=asked["partition"] if not store.is_global else None,
                stale=asked["stale"],
                committed=asked["committed"],
                seconds=READ_SECONDS,
            )
        except StoreNotAvailableError as error:
            raise RequestError(503, str(error)) from error
        except UnknownStoreError as error:
            raise RequestError(404, str(error)) from error
        rows = [(at, key, held) for at, each in sorted(found.items()) for key, held in each]
        lags = self._streams.all_local_store_partition_lags().get(store.name, {})
        limit = asked["limit"]
        return StoreRows(
            store=store.name,
            instance=client_id_of(self._streams),
            rows=tuple(store.row(*row) for row in rows[:limit]),
            more=len(rows) > limit,
            lags={str(partition): 0 if partition < 0 else lags.get(partition) for partition in sorted(found)},
        )


def answer(value: Any, *, status: int = 200) -> Answer:
    """A value as JSON."""
    return Answer(msgspec.json.encode(value), status)
