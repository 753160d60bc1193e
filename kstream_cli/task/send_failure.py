"""What the Kafka client or the broker has against a record, in words that say what to do about it."""

from __future__ import annotations

from kstream_cli.processor.error_context import OutgoingRecord
from kstream_cli.user_objects import text_of

REMEDIES = {
    "MSG_SIZE_TOO_LARGE": (
        "it has {size} bytes; where records may be that large, raise producer.max.request.size and the topic's "
        "max.message.bytes, else drop such records with production.exception.handler"
    ),
    "INVALID_TIMESTAMP": (
        "the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms say which timestamps it takes: "
        "by default none that is more than an hour ahead"
    ),
    "_UNKNOWN_TOPIC": "create the topic",
    "UNKNOWN_TOPIC_OR_PART": "create the topic",
    "_UNKNOWN_PARTITION": "the topic was deleted, or created again with fewer partitions: create it as it was",
    "TOPIC_AUTHORIZATION_FAILED": "allow this user WRITE on the topic",
}
"""By the client's name of an error: what to do about it."""


def send_failure(error: Exception, record: OutgoingRecord) -> str:
    """The reason, with the remedy where one is known; `record` is as it was sent, in bytes."""
    cause = error.args[0] if error.args else error
    name, text = getattr(cause, "name", None), getattr(cause, "str", None)
    if not callable(name) or not callable(text):
        return text_of(error)
    remedy = REMEDIES.get(name())
    if remedy is None:
        return str(text())
    size = sum(len(part) for part in (record.key, record.value) if isinstance(part, bytes | str))
    return f"{text()} ({remedy.format(size=size)})"
