"""Makes the Kafka clients: the one place to replace when a test or a special cluster needs other ones."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

client_log = logging.getLogger("kstream_cli.librdkafka")


class ClientSupplier(Protocol):
    """Makes clients from librdkafka settings (Java: KafkaClientSupplier)."""

    def consumer(self, settings: Mapping[str, Any]) -> Any: ...
    def producer(self, settings: Mapping[str, Any]) -> Any: ...
    def admin(self, settings: Mapping[str, Any]) -> Any: ...


class DefaultClientSupplier:
    """confluent-kafka's clients, their log lines going to Python's logging.

    librdkafka tells of every broker connection that comes and goes; below error level that is for debugging only.
    """

    def consumer(self, settings: Mapping[str, Any]) -> Consumer:
        return Consumer(_logged(settings))

    def producer(self, settings: Mapping[str, Any]) -> Producer:
        return Producer(_logged(settings))

    def admin(self, settings: Mapping[str, Any]) -> AdminClient:
        return AdminClient(_logged(settings))


def _logged(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"logger": client_log, "log_level": 3, "error_cb": _log_error, **settings}


def _log_error(error: Any) -> None:
    client_log.debug("%s", error)
