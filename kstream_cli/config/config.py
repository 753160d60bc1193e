"""Config: every setting of an application, checked once when it is made and read as typed fields afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import Any

from kstream_cli.config import clients
from kstream_cli.config.client_settings import known_settings
from kstream_cli.config.cluster_settings import CLUSTERS, ClientKind, by_cluster, check_cluster_key
from kstream_cli.config.installed_client import is_newer_setting
from kstream_cli.config.java_settings import without_effect
from kstream_cli.config.keys import Reader, config_keys, key_name
from kstream_cli.config.names import ADMIN_RETRIES, OF_JAVA, PREFIXES, is_internal, is_secret, unknown_key
from kstream_cli.config.offset_reset import offset_reset
from kstream_cli.config.settings import EXACTLY_ONCE, STREAMS, Settings
from kstream_cli.config.state_directory import default_state_directory
from kstream_cli.errors import ConfigError

CLIENT_PREFIXES = tuple(prefix for prefix, settings in PREFIXES.items() if settings is not None)
RENAMED = {
    "cache.max.bytes.buffering": "statestore.cache.max.bytes",
    "default.deserialization.exception.handler": "deserialization.exception.handler",
    "default.production.exception.handler": "production.exception.handler",
}
"""Keys that Java has renamed: the old one counts where the new one is not given."""

OF_THE_GROUP = ("session.timeout.ms", "heartbeat.interval.ms")
"""What the members of a streams group do not have a say in."""

_DATA_SETTINGS = (
    "processing_guarantee",
    "default_key_serde",
    "default_value_serde",
    "default_timestamp_extractor",
    "dsl_store_format",
    "dsl_result_headers",
    "default_dsl_store",
    "dsl_store_suppliers_class",
    "max_task_idle_ms",
)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Config(Settings):
    """All settings of an application (Java: StreamsConfig).

    Make one with `Config.from_mapping`; the defaults are Java's.

    Each key of Kafka Streams is a field in snake_case: times in ms, sizes in bytes. `original` has the settings as they
    were given. `consumer`, `producer` and `admin` return the settings of the Kafka clients. An unknown key, or a value
    that is not allowed, raises ConfigError.

    Example:
        >>> Config.from_mapping({"application.id": "orders", "commit.interval.ms": "1000"}).commit_interval_ms
        1000
    """

    original: Mapping[str, Any] = field(default_factory=dict)
    """What was given, by dotted name."""

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any] | Config | None = None, /) -> Config:
        """The configuration with these settings, by dotted name.

        Raises ConfigError, which names the nearest known key.
        """
        if isinstance(mapping, Config):
            return mapping
        if mapping is not None and not isinstance(mapping, Mapping):
            raise ConfigError(f"a configuration is a dict of keys and values, not {mapping!r}")
        if unnamed := [name for name in mapping or () if not isinstance(name, str)]:
            raise ConfigError(f"a config key is a text, not {unnamed[0]!r}")
        given = {name: value for name, value in (mapping or {}).items() if value is not None}
        readers = _readers()
        values: dict[str, Any] = {}
        for name, value in given.items():
            if name in readers:
                attribute, read = readers[name]
                values[attribute] = read(name, value)
            elif not is_internal(name):
                _check_client_key(name)
        for old, new in RENAMED.items():
            if old in given and new not in given:
                values[readers[new][0]] = values[readers[old][0]]
        if values.get("processing_guarantee") == EXACTLY_ONCE and "commit.interval.ms" not in given:
            values["commit_interval_ms"] = 100
        values.setdefault("state_dir", str(default_state_directory()))
        config = cls(**values, original=given)
        config._check()
        return config

    def merged(self, mapping: Mapping[str, Any]) -> Config:
        """This configuration with other settings on top; None sets a key back to its default."""
        return Config.from_mapping({**self.original, **mapping})

    @property
    def exactly_once(self) -> bool:
        """Whether `processing.guarantee` is exactly_once_v2."""
        return self.processing_guarantee == EXACTLY_ONCE

    @property
    def auto_offset_reset(self) -> str:
        """Where a partition without a committed offset starts: earliest, latest, none (an error), or
        by_duration:<ISO-8601>."""
        return str(clients.setting(self, "auto.offset.reset", ("main.consumer.", "consumer.", ""), "earliest"))

    @property
    def group_instance_id(self) -> str | None:
        """The static membership asked for; each stream thread derives its own id from it."""
        value = clients.setting(self, "group.instance.id", ("main.consumer.", "consumer.", ""), None)
        return None if value is None else str(value)

    @property
    def client_rack(self) -> str | None:
        """Where this instance is, for consumers that read from the nearest broker, and for a streams group."""
        value = clients.setting(self, "client.rack", ("main.consumer.", "consumer.", ""), None)
        return None if value is None else str(value)

    @property
    def max_poll_interval_ms(self) -> int:
        """How long (ms) a thread may process records before its group takes it for dead."""
        return self._client_integer("max.poll.interval.ms", ("main.consumer.", "consumer.", ""), 300_000)

    @property
    def max_poll_records(self) -> int:
        """Records taken from the consumer at a time. As many as Java takes: ten times as many no longer fit a core's
        cache, and cost about a tenth more each."""
        return self._client_integer("max.poll.records", ("main.consumer.", "consumer.", ""), 1_000)

    @property
    def transaction_timeout_ms(self) -> int:
        """How long (ms) a transaction may be open before the broker aborts it."""
        return self._client_integer("transaction.timeout.ms", ("producer.", ""), 10_000)

    def consumer(self, role: str, defaults: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
        """librdkafka's settings of the `main`, `restore` or `global` consumer; `defaults` are for what is not given."""
        return clients.consumer(self, role, defaults)

    def producer(self) -> dict[str, Any]:
        """librdkafka's settings of a producer, without its transactional id."""
        return clients.producer(self)

    def admin(self) -> dict[str, Any]:
        """librdkafka's settings of the admin client."""
        return clients.admin(self)

    @property
    def clusters(self) -> dict[str, Config]:
        """The other clusters than home that are configured, each with its settings.

        Raises ConfigError for wrong settings.
        """
        found = {}
        for name, settings in sorted(by_cluster(self.original).items()):
            try:
                found[name] = Config.from_mapping(settings)
            except ConfigError as error:
                raise ConfigError(f"{CLUSTERS}{name}: {error}") from error
        return found

    def client_of(self, cluster: str, kind: ClientKind, home: Mapping[str, Any]) -> dict[str, Any]:
        """librdkafka's settings of a client of another cluster; `home` are those of home's client of this kind."""
        return clients.of_cluster(self.clusters[cluster], kind, home)

    def topic_settings(self) -> dict[str, str]:
        """Settings of internal topics: what was given with the prefix `topic.`."""
        return {name[len("topic.") :]: str(value) for name, value in self.original.items() if name.startswith("topic.")}

    def data_settings(self) -> dict[str, Any]:
        """The settings that decide on state and results, by dotted name; what is not set is left out."""
        found = {name.replace("_", "."): getattr(self, name) for name in _DATA_SETTINGS}
        found["topology.optimization"] = ",".join(sorted(self.topology_optimization)) or "none"
        found["auto.offset.reset"] = self.auto_offset_reset
        return {name: value for name, value in found.items() if value is not None}

    def has_client_settings(self) -> bool:
        """Whether anything is given that the Kafka clients read, and may refuse."""
        own = _readers().keys() - clients.SHARED.keys() | {"bootstrap.servers"}
        return any(name not in own and not is_internal(name) for name in self.original)

    def without_effect(self) -> dict[str, str]:
        """The keys given on which nothing here depends, each with what to use in its place, if there is something."""
        keys = {each.name: each for each in config_keys()}
        found = {}
        for name, value in self.original.items():
            each = keys.get(name)
            if each is not None and (not each.used or (isinstance(value, str) and getattr(self, each.field) is None)):
                found[name] = "" if not each.used else "it names a Java class; give a Python object as module:name"
        for prefix in ("", *CLIENT_PREFIXES):
            given = {name[len(prefix) :]: value for name, value in self.original.items() if name.startswith(prefix)}
            found |= {prefix + name: remedy for name, remedy in without_effect(given).items()}
        for cluster, settings in self.clusters.items():
            found |= {f"{CLUSTERS}{cluster}.{name}": remedy for name, remedy in settings.without_effect().items()}
        if self.group_protocol == STREAMS:
            for name in OF_THE_GROUP:
                names = {prefix + name for prefix in ("", "consumer.", "main.consumer.")}
                remedy = f"with group.protocol={STREAMS} it is a setting of the group, streams.{name}"
                found |= dict.fromkeys(names & self.original.keys(), remedy)
        if f"admin.{ADMIN_RETRIES}" in self.original:
            found[f"admin.{ADMIN_RETRIES}"] = ""
        return dict(sorted(found.items()))

    def require(self, *names: str) -> None:
        """Raise ConfigError unless each of the keys has a value."""
        for name in names:
            if not getattr(self, _readers()[name][0]):
                raise ConfigError(
                    f"{name} is not set: give it in the module's config, with --set {name}=… or in --config"
                )

    def __repr__(self) -> str:
        shown = {name: "[hidden]" if is_secret(name) else value for name, value in sorted(self.original.items())}
        return f"Config({shown})"

    def _client_integer(self, name: str, prefixes: tuple[str, ...], default: int) -> int:
        """A client's setting that kstream reads itself."""
        value = clients.setting(self, name, prefixes, default)
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            number = 0
        if number < 1 or isinstance(value, bool):
            raise ConfigError(f"{name}={value!s} is not a whole number above 0")
        return number

    def _check(self) -> None:
        try:
            offset_reset(self.auto_offset_reset)
        except ConfigError as error:
            raise ConfigError(f"auto.offset.reset: {error}") from None
        # Read here once, so that a wrong value is found before anything starts.
        _ = (self.clusters, self.max_poll_interval_ms, self.max_poll_records, self.transaction_timeout_ms)
        if self.exactly_once and self.commit_interval_ms >= self.transaction_timeout_ms:
            raise ConfigError(
                f"commit.interval.ms ({self.commit_interval_ms}) must be below transaction.timeout.ms "
                f"({self.transaction_timeout_ms}) under {EXACTLY_ONCE}: set producer.transaction.timeout.ms higher"
            )
        if len(self.rack_aware_assignment_tags) > 5:
            raise ConfigError("rack.aware.assignment.tags can name at most 5 tags")
        if "windowed.inner.class.serde" in self.original:
            raise ConfigError(
                "windowed.inner.class.serde is for plain consumers: give the windowed serde in the topology"
            )


@cache
def _readers() -> dict[str, tuple[str, Reader]]:
    """Key -> (field, how its value is read)."""
    return {key_name(each): (each.name, each.metadata["read"]) for each in fields(Settings)}


def _check_client_key(name: str) -> None:
    """Raise unless the key is a client's setting, with or without a prefix."""
    if name.startswith(CLUSTERS):
        check_cluster_key(name)
        return
    for prefix, settings in PREFIXES.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            bare = name[len(prefix) :]
            if settings is not None and bare not in settings and not is_newer_setting(bare):
                raise unknown_key(name, {prefix + setting for setting in settings})
            return
    if name not in known_settings() and name not in OF_JAVA and not is_newer_setting(name):
        raise unknown_key(name, known_settings() | _readers().keys())
