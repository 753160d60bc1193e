"""Whether the Kafka clients take the settings that they are given, found out without a broker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from kstream_cli.config import Config
from kstream_cli.errors import ConfigError
from kstream_cli.runtime.clients.client_supplier import made


def check_client_settings(config: Config) -> None:
    """Make one client of each kind, and close it. Raises ConfigError with what a client does not take.

    An application with a client supplier of its own is left alone: its clients may take what librdkafka does not.
    """
    if config.default_client_supplier is not None:
        return
    for role in ("main", "restore", "global"):
        client = _made(Consumer, config.consumer(role), f"{role} consumer")
        client.close()
    producer = config.producer()
    _made(Producer, {**producer, "transactional.id": "check"} if config.exactly_once else producer, "producer")
    _made(AdminClient, config.admin(), "admin client")
    for cluster in config.clusters:
        consumer = config.client_of(cluster, "consumer", config.consumer("main"))
        _made(Consumer, consumer, f"consumer of cluster {cluster}").close()
        _made(Producer, config.client_of(cluster, "producer", producer), f"producer of cluster {cluster}")
        _made(AdminClient, config.client_of(cluster, "admin", config.admin()), f"admin client of cluster {cluster}")


def _made(make: Callable[[dict[str, Any]], Any], settings: Mapping[str, Any], client: str) -> Any:
    # Without brokers nothing is contacted.
    offline = {name: value for name, value in settings.items() if name != "bootstrap.servers"}
    try:
        return made(make, {**offline, "log_level": 0})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the {client} refuses its settings: {error}") from error
