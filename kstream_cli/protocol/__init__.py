"""Kafka's wire protocol, as far as the streams rebalance protocol needs it: librdkafka has none of these requests."""
