"""The embedded broker: a real Kafka protocol broker in a child process, for demos and tests."""
