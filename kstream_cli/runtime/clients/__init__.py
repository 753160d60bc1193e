"""Kafka clients: how they are made, and what each call of them must promise."""
