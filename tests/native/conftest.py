from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import TopicPartition

from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.native_clients import NativeConsumer, native
from tests.native.mock_cluster import mock_cluster

TOPIC = "t"
RECORD = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
"""Key, value and headers."""


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    if native() is None:
        pytest.skip("the extension was not built")
    with mock_cluster(TOPIC) as servers:
        yield servers


@pytest.fixture
def fetched(servers: str) -> Callable[..., Any]:
    """Sends records, and gives them back as the native `Records` that a task would have."""

    def fetch(records: list[RECORD], **settings: str) -> Any:
        clients = DefaultClientSupplier()
        producer: Any = clients.producer({"bootstrap.servers": servers, **settings})
        failed: list[Any] = []
        send = producer.sender(TOPIC, lambda error, record: failed.append(error), 0)
        consumer = clients.consumer({"bootstrap.servers": servers, "group.id": "g"})
        assert isinstance(consumer, NativeConsumer)
        _, end = consumer.get_watermark_offsets(TopicPartition(TOPIC, 0), timeout=10)
        consumer.assign([TopicPartition(TOPIC, 0, end)])
        for key, value, headers in records:
            send(value, key, 0, 1, headers)
        assert producer.flush(10) == 0
        assert not failed
        waiting, deadline = None, time.monotonic() + 20
        while (waiting is None or len(waiting) < len(records)) and time.monotonic() < deadline:
            for _, run in consumer.fetch(1_000, 0.1)[0]:
                waiting = waiting if waiting is not None else run.waiting()  # type: ignore[attr-defined]
                waiting.extend(run)
        consumer.close()
        return waiting

    return fetch
