"""Which librdkafka the Kafka client stands on."""

from __future__ import annotations


def librdkafka_version() -> str:
    import confluent_kafka

    return str(confluent_kafka.libversion()[0])
