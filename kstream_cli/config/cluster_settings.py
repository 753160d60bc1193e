"""Settings of clusters beside home: `clusters.NAME.` and any setting of a Kafka client that says how to reach one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from kstream_cli.clusters import CLUSTER_NAME, HOME
from kstream_cli.config.client_settings import ANY_CLIENT, client_setting, known_settings
from kstream_cli.config.installed_client import is_newer_setting
from kstream_cli.config.names import OF_JAVA, unknown_key
from kstream_cli.errors import ConfigError

ClientKind: TypeAlias = Literal["consumer", "producer", "admin"]

CLUSTERS = "clusters."
CLIENT_KINDS: tuple[ClientKind, ...] = ("consumer", "producer", "admin")
OF_THE_APPLICATION = frozenset(
    """
    allow.auto.create.topics auto.commit.interval.ms auto.offset.reset client.id delivery.report.only.error
    enable.auto.commit enable.auto.offset.store enable.idempotence enable.partition.eof group.id group.instance.id
    group.protocol group.remote.assignor heartbeat.interval.ms isolation.level max.poll.interval.ms max.poll.records
    partition.assignment.strategy partitioner session.timeout.ms transaction.timeout.ms transactional.id
    """.split()  # noqa: SIM905 - a block of words reads better than a list.
)
"""Client settings that no cluster can have of its own: they belong to the group, or a promise depends on them."""
_ACCESS = ("sasl.", "ssl.", "https.")
_ACCESS_SETTINGS = frozenset(
    """
    bootstrap.servers broker.address.family client.dns.lookup client.rack enable.sasl.oauthbearer.unsecure.jwt
    enable.ssl.certificate.verification group.instance.id metadata.broker.list oauth_cb security.protocol
    transaction.timeout.ms transactional.id
    """.split()  # noqa: SIM905
)


def is_for_home_only(name: str) -> bool:
    """Whether a client's setting says where home is, or as whom to go there: no other cluster must be told."""
    return name in _ACCESS_SETTINGS or name.startswith(_ACCESS)


def check_cluster_key(name: str) -> None:
    """Raise ConfigError unless a key that begins with `clusters.` names a cluster and a setting that it may have."""
    cluster, dot, setting = name[len(CLUSTERS) :].partition(".")
    if cluster == HOME:
        raise ConfigError(f"{name}: home is the cluster of bootstrap.servers: leave {CLUSTERS}{HOME}. out")
    if not dot or not setting or not CLUSTER_NAME.fullmatch(cluster):
        raise ConfigError(
            f"{name}: a cluster's settings are {CLUSTERS}NAME.bootstrap.servers and the like; NAME has small letters, "
            "digits and '-', a letter first"
        )
    bare = bare_setting(setting)
    if client_setting(bare) in OF_THE_APPLICATION:
        raise ConfigError(f"{name}: {bare} is the application's, not a cluster's: leave {CLUSTERS}{cluster}. out")
    if bare not in known_settings() and bare not in OF_JAVA and not is_newer_setting(bare):
        known = known_settings() - OF_THE_APPLICATION
        raise unknown_key(name, {f"{CLUSTERS}{cluster}.{each}" for each in known})


def bare_setting(setting: str) -> str:
    """A setting without the kind of client that it is for, where one is named."""
    kind, _, bare = setting.partition(".")
    return bare if kind in CLIENT_KINDS else setting


def by_cluster(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Cluster -> its settings, without what stands before them."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in given.items():
        if name.startswith(CLUSTERS):
            cluster, _, setting = name[len(CLUSTERS) :].partition(".")
            found.setdefault(cluster, {})[setting] = value
    return found


def cluster_variable(words: str) -> str | None:
    """The key that the end of an environment variable's name stands for: EU_WEST_SASL_USERNAME is of eu-west.

    None where it ends in no setting of a client.
    """
    settings = {each.upper().replace(".", "_"): each for each in known_settings() | ANY_CLIENT}
    settings |= {
        f"{kind.upper()}_{words}": f"{kind}.{name}" for kind in CLIENT_KINDS for words, name in settings.items()
    }
    at = words.find("_")
    while at > 0:
        if setting := settings.get(words[at + 1 :]):
            return f"{CLUSTERS}{words[:at].lower().replace('_', '-')}.{setting}"
        at = words.find("_", at + 1)
    return None
