"""The settings of the Kafka clients, from kstream's defaults, the user's keys and what kstream must have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from kstream_cli.config.client_settings import (
    ANY_CLIENT,
    consumer_settings,
    producer_settings,
)
from kstream_cli.config.cluster_settings import CLUSTERS, ClientKind, is_for_home_only
from kstream_cli.config.installed_client import is_newer_setting
from kstream_cli.config.java_settings import as_librdkafka
from kstream_cli.config.keys import config_keys
from kstream_cli.config.names import PREFIXES, is_internal
from kstream_cli.config.settings import STREAMS
from kstream_cli.logs import logger

if TYPE_CHECKING:
    from kstream_cli.config.config import Config

_log = logger(__name__)

# A full local queue stalls fetching for fetch.queue.backoff.ms, a whole second by default; with 5 ms and a longer
# queue a plain loop is six times as fast. A broker holds a request for partitions that are at their end for
# fetch.wait.max.ms, and the others run dry meanwhile, as librdkafka has one request under way. Java reads
# uncommitted records unless told otherwise; librdkafka does not.
CONSUMER_DEFAULTS: Mapping[str, Any] = {
    "fetch.queue.backoff.ms": 5,
    "fetch.wait.max.ms": 50,
    "isolation.level": "read_uncommitted",
    "queued.min.messages": 100_000,
}
# murmur2_random is the partitioner of Java's producer; librdkafka's own would put keys elsewhere.
PRODUCER_DEFAULTS: Mapping[str, Any] = {
    "delivery.report.only.error": True,
    "enable.idempotence": True,
    "linger.ms": 5,
    "partitioner": "murmur2_random",
    "queue.buffering.max.messages": 500_000,
}
# Streams keys that every client shares, and librdkafka's name for each.
SHARED = {
    "bootstrap.servers": "bootstrap.servers",
    "connections.max.idle.ms": "connections.max.idle.ms",
    "enable.metrics.push": "enable.metrics.push",
    "metadata.max.age.ms": "topic.metadata.refresh.interval.ms",
    "metadata.recovery.rebootstrap.trigger.ms": "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy": "metadata.recovery.strategy",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "reconnect.backoff.max.ms": "reconnect.backoff.max.ms",
    "reconnect.backoff.ms": "reconnect.backoff.ms",
    "request.timeout.ms": "socket.timeout.ms",
    "retry.backoff.ms": "retry.backoff.ms",
    "security.protocol": "security.protocol",
    "send.buffer.bytes": "socket.send.buffer.bytes",
}
ASSIGNOR = "cooperative-sticky"
# Read by kstream itself; librdkafka must not see them.
KSTREAM_READS = frozenset({"auto.offset.reset", "group.instance.id", "group.protocol", "max.poll.records"})
# Of members only: librdkafka refuses one that does not fit another, also where it never joins a group.
OF_MEMBERS = frozenset({"heartbeat.interval.ms", "max.poll.interval.ms", "session.timeout.ms"})


def setting(config: Config, name: str, prefixes: tuple[str, ...], default: Any) -> Any:
    """The value given for a client's setting, by the first prefix that has one."""
    for prefix in prefixes:
        if prefix + name in config.original:
            return config.original[prefix + name]
    return default


def consumer(config: Config, role: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of the consumer for `role`: main, restore or global; `defaults` beside those of all."""
    shared, plain = _shared(config, consumer_settings()), _plain(config, consumer_settings())
    settings = {**shared, **CONSUMER_DEFAULTS, **defaults, **plain}
    settings |= _prefixed(config, "consumer.", consumer_settings())
    settings |= _prefixed(config, f"{role}.consumer.", consumer_settings())
    joins = role == "main" and config.group_protocol != STREAMS
    for name in KSTREAM_READS if joins else KSTREAM_READS | OF_MEMBERS:
        settings.pop(name, None)
    # The runtime looks up where a partition starts, so a fetch out of range is an error that it decides on.
    enforced: dict[str, Any] = {
        "allow.auto.create.topics": False,
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "group.id": config.application_id,
    }
    if role == "main":
        enforced["partition.assignment.strategy"] = ASSIGNOR
    if config.exactly_once:
        enforced["isolation.level"] = "read_committed"
    return _enforce(settings, enforced, f"{role} consumer")


def producer(config: Config) -> dict[str, Any]:
    """Settings of a producer."""
    settings = {**_shared(config, producer_settings()), **PRODUCER_DEFAULTS, **_plain(config, producer_settings())}
    settings |= _prefixed(config, "producer.", producer_settings())
    # Without these a send error would go unseen, or a record be written to another partition than Java's.
    enforced: dict[str, Any] = {"allow.auto.create.topics": False, "delivery.report.only.error": True}
    if config.exactly_once:
        enforced["enable.idempotence"] = True
        enforced["transaction.timeout.ms"] = config.transaction_timeout_ms
        settings.pop("transactional.id", None)
    if str(settings.get("acks", "all")) not in ("all", "-1"):
        settings["enable.idempotence"] = False
    return _enforce(settings, enforced, "producer")


def admin(config: Config) -> dict[str, Any]:
    """Settings of the admin client."""
    return {**_shared(config, ANY_CLIENT), **_plain(config, ANY_CLIENT), **_prefixed(config, "admin.", ANY_CLIENT)}


def of_cluster(cluster: Config, kind: ClientKind, home: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a client of another cluster: those of the like client of home, but for where and as whom."""
    allowed = {"consumer": consumer_settings(), "producer": producer_settings(), "admin": ANY_CLIENT}[kind]
    kept = {name: value for name, value in home.items() if not is_for_home_only(name)}
    own = {**_shared(cluster, allowed), **_plain(cluster, allowed), **_prefixed(cluster, f"{kind}.", allowed)}
    return kept | own


def _shared(config: Config, allowed: frozenset[str]) -> dict[str, Any]:
    """What the application's own keys say to every client; a key not given is left to librdkafka."""
    return {
        target: _value(config.original[name])
        for name, target in SHARED.items()
        if name in config.original and target in allowed
    }


def _plain(config: Config, allowed: frozenset[str]) -> dict[str, Any]:
    """Client settings given without a prefix, for every client that has them."""
    given = {name: _value(value) for name, value in config.original.items() if name not in SHARED}
    given.pop("client.id", None)
    return {name: value for name, value in as_librdkafka(given).items() if _is_taken(name, allowed)}


def _prefixed(config: Config, prefix: str, allowed: frozenset[str]) -> dict[str, Any]:
    given = {name[len(prefix) :]: _value(value) for name, value in config.original.items() if name.startswith(prefix)}
    return {name: value for name, value in as_librdkafka(given).items() if _is_taken(name, allowed)}


def _is_taken(name: str, allowed: frozenset[str]) -> bool:
    """Whether a client gets a setting. All get one that only the installed librdkafka knows: it knows whose it is."""
    return name in allowed or (not _is_own(name) and is_newer_setting(name))


@cache
def _is_own(name: str) -> bool:
    """Whether a key is no client setting: the client need not be asked then, nor imported."""
    if is_internal(name) or name.startswith((CLUSTERS, *PREFIXES)):
        return True
    return any(name == key.name for key in config_keys())


def _value(value: Any) -> Any:
    """Lists are given to librdkafka with commas."""
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else value


def _enforce(settings: dict[str, Any], enforced: dict[str, Any], client: str) -> dict[str, Any]:
    for name, value in enforced.items():
        if name in settings and str(settings[name]).lower() != str(value).lower() and name != "isolation.level":
            _log.warning("%s=%s is not used for the %s: kstream needs %s", name, settings[name], client, value)
    return settings | enforced
