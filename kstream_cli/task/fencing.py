"""By which errors a Kafka client says that another producer, or a member of the same name, has taken its place.

The one list of them, for whatever a producer or consumer is asked to do: send, deliver, flush, take offsets, commit,
abort. The names are librdkafka's; which of them mean that work goes on elsewhere is as in Kafka Streams
(RecordCollectorImpl, StreamsProducer).
"""

from __future__ import annotations

from typing import Any

from kstream_cli.errors import ProducerFencedError

PRODUCER_FENCED = frozenset(
    {
        "_FATAL",
        "_FENCED",
        "INVALID_PRODUCER_EPOCH",
        "INVALID_PRODUCER_ID_MAPPING",
        "OUT_OF_ORDER_SEQUENCE_NUMBER",
        "PRODUCER_FENCED",
        "UNKNOWN_PRODUCER_ID",
    }
)
"""_FATAL is all that librdkafka says from the second time on."""
INSTANCE_FENCED = "FENCED_INSTANCE_ID"
REFUSED = "AUTHORIZATION_FAILED"


def is_fenced(error: Any) -> bool:
    """Whether a client's error (a KafkaError) means that this client cannot go on, and a new one can.

    An error that librdkafka calls fatal does, whatever its name, unless the cluster refuses the user.
    """
    name: str = error.name()
    if name.endswith(REFUSED):
        return False
    return name in PRODUCER_FENCED or name == INSTANCE_FENCED or is_fatal(error)


def is_fatal(error: Any) -> bool:
    """Whether the client that gave this error does nothing any more."""
    fatal = getattr(error, "fatal", None)
    return error.name() == "_FATAL" or (callable(fatal) and bool(fatal()))


def fenced_by(error: BaseException, what: str) -> ProducerFencedError | None:
    """The error to raise for one that a client's call raised, if it means that the client was fenced."""
    cause = error.args[0] if error.args else None
    if not callable(getattr(cause, "name", None)) or not is_fenced(cause):
        return None
    return ProducerFencedError(f"{what}: {cause.str()}")  # type: ignore[union-attr]
