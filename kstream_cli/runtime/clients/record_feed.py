"""Writes ready-made records to topics: how samples and dead letters go in."""

from __future__ import annotations

from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import ProducerError
from kstream_cli.record import Headers
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.senders import sender
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.task.record_producer import PRODUCER_CHOOSES, Send

SEND_WITHIN_SECONDS = 30.0


class RecordFeed:
    """A producer of records that are bytes already."""

    def __init__(self, config: Config, clients: ClientSupplier | None = None) -> None:
        self._producer = supplier_for(config, clients).producer({**config.producer(), "linger.ms": 5})
        self._senders: dict[str, Send] = {}
        self._failed: list[Any] = []

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, timestamp: int | None, headers: Headers = ()
    ) -> None:
        if topic not in self._senders:
            self._senders[topic] = sender(self._producer, topic, self._delivered)
        self._senders[topic](value, key, PRODUCER_CHOOSES, timestamp, headers)
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the cluster has all records. Raises ProducerError for the first it has not."""
        left = self._producer.flush(SEND_WITHIN_SECONDS)
        if self._failed or left:
            reason = self._failed[0].str() if self._failed else f"no answer in {SEND_WITHIN_SECONDS:g} s"
            raise ProducerError(f"{left + len(self._failed)} records could not be sent: {reason}")

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            self._failed.append(error)
