"""What sends records to a topic, made of a client's own `produce` where the client has no senders itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kstream_cli.record import Headers
from kstream_cli.runtime.clients.kafka_clients import KafkaProducer
from kstream_cli.task.record_producer import DeliveryReport, Send


def has_senders(client: KafkaProducer) -> bool:
    """Whether a client makes senders itself. Those encode text, too."""
    return hasattr(client, "sender")


def sender(client: KafkaProducer, topic: str, report: DeliveryReport, text: int = 0) -> Send:
    """What sends to a topic through a client; see RecordProducer.sender."""
    own: Callable[[str, DeliveryReport, int], Send] | None = getattr(client, "sender", None)
    if own is not None:
        return own(topic, report, text)
    produce = client.produce

    def send(value: Any, key: Any, partition: int, timestamp: int | None, headers: Headers) -> None:
        # librdkafka takes 0 for "now": a record of 1970-01-01T00:00 is sent as of a millisecond later.
        stamp = 0 if timestamp is None else timestamp or 1
        if type(value) is not bytes:
            value = _bytes(value)
        if type(key) is not bytes:
            key = _bytes(key)
        produce(topic, value, key, partition, report, None, stamp, list(headers) if headers else None)

    return send


def _bytes(given: Any) -> bytes | None:
    """What the client takes for bytes: it would encode text, which no serde gives, and knows no bytearray."""
    if given is None:
        return None
    if isinstance(given, bytes | bytearray):
        return bytes(given)
    raise TypeError(f"expected bytes, not {type(given).__name__}")
