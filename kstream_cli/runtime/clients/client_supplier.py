"""Makes the Kafka clients: the one place to replace when a test or a special cluster needs other ones."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from kstream_cli.errors import ConfigError
from kstream_cli.runtime.clients.client_log import client_log
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin, KafkaConsumer, KafkaProducer
from kstream_cli.runtime.clients.native_clients import (
    NativeConsumer,
    ProducerWithOffsets,
    can_be_native,
    native,
    native_producer,
)

T = TypeVar("T")

REFUSALS = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL})
SUSPECTS = "security.protocol"
"""librdkafka names it where a broker hangs up in a way that means a plain client at a TLS listener."""


class Admin(AdminClient):
    """An admin client that can say why brokers refuse it: its requests themselves only say that nobody answered."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._refusal: str | None = None
        noted: dict[str, Any] = {**settings, "error_cb": self._note}
        super().__init__(noted)

    @property
    def refusal(self) -> str | None:
        """What the last broker that did not let this client in said of it."""
        self.poll(0)
        return self._refusal

    def _note(self, error: Any) -> None:
        client_log.debug("%s", error)
        if _is_refusal(error):
            self._refusal = error.str()


class ClientSupplier(Protocol):
    """Makes clients from librdkafka settings (Java: KafkaClientSupplier)."""

    def consumer(self, settings: Mapping[str, Any]) -> KafkaConsumer: ...
    def producer(self, settings: Mapping[str, Any]) -> KafkaProducer: ...
    def admin(self, settings: Mapping[str, Any]) -> KafkaAdmin: ...


class DefaultClientSupplier:
    """confluent-kafka's clients, with the native way for records where it can be had.

    Their log lines go to Python's logging; what librdkafka says of broker connections that come and go, below error
    level, is for debugging only.
    """

    def consumer(self, settings: Mapping[str, Any]) -> Consumer:
        return made(NativeConsumer if native() else Consumer, settings)

    def producer(self, settings: Mapping[str, Any]) -> KafkaProducer:
        if can_be_native(settings):
            producer: KafkaProducer = made(native_producer, settings)
            return producer
        return made(ProducerWithOffsets if native() else Producer, settings)

    def admin(self, settings: Mapping[str, Any]) -> Admin:
        return made(Admin, settings)


def made(client: Callable[[dict[str, Any]], T], settings: Mapping[str, Any]) -> T:
    """A client that logs as kstream does. Raises ConfigError for settings that it does not take."""
    try:
        return client(_logged(settings))
    except KafkaException as error:
        files = [f"{name} {value}" for name, value in settings.items() if _is_missing_file(name, value)]
        missing = f": there is no file for {', '.join(files)}" if files else ""
        raise ConfigError(f"the Kafka client refuses its settings{missing}: {error.args[0].str()}") from error


def _is_missing_file(name: str, value: Any) -> bool:
    return name.endswith(".location") and isinstance(value, str) and not os.path.exists(value)


def _logged(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"logger": client_log, "log_level": 3, "error_cb": _log_error, **settings}


def _log_error(error: Any) -> None:
    """Refusals while an application runs are for its operator to see: a password may have been changed."""
    client_log.log(logging.WARNING if _is_refusal(error) else logging.DEBUG, "%s", error)


def _is_refusal(error: Any) -> bool:
    return error.code() in REFUSALS or SUSPECTS in error.str()
