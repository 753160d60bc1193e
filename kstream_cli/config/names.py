"""Rules about the names of keys: the prefixes, which ones hold secrets, and what a misspelt one is answered with."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kstream_cli.config.client_settings import (
    ANY_CLIENT,
    JAVA_ALIASES,
    JAVA_ONLY,
    NOT_IN_LIBRDKAFKA,
    consumer_settings,
    producer_settings,
)
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import ConfigError

ADMIN_RETRIES = "retries"
"""A setting of Java's admin client that librdkafka has for producers only."""
OF_JAVA = JAVA_ONLY | NOT_IN_LIBRDKAFKA.keys()
"""Settings of Java's clients that are accepted without an effect of their own."""

PREFIXES: Mapping[str, frozenset[str] | None] = {
    "main.consumer.": consumer_settings() | JAVA_ALIASES.keys() | OF_JAVA,
    "restore.consumer.": consumer_settings() | JAVA_ALIASES.keys() | OF_JAVA,
    "global.consumer.": consumer_settings() | JAVA_ALIASES.keys() | OF_JAVA,
    "consumer.": consumer_settings() | JAVA_ALIASES.keys() | OF_JAVA,
    "producer.": producer_settings() | JAVA_ALIASES.keys() | OF_JAVA,
    "admin.": ANY_CLIENT | JAVA_ALIASES.keys() | OF_JAVA | {ADMIN_RETRIES},
    "topic.": None,
    "client.tag.": None,
}
"""Prefix -> the settings allowed behind it; None: any, as only the broker (or the user) knows them."""

SECRET_WORDS = (
    "password",
    "passphrase",
    "secret",
    "jaas",
    "key.pem",
    "keystore.key",
    "user.info",
    "token",
    "oauthbearer.config",
)


def is_secret(name: str) -> bool:
    """Whether the key's value must not be shown."""
    return any(word in name for word in SECRET_WORDS)


def is_internal(name: str) -> bool:
    """Whether the key is one of Java's internal ones, such as `__iq.consistency.offset.vector.enabled__`."""
    return name.startswith("__") and name.endswith("__")


def unknown_key(name: str, known: Collection[str]) -> ConfigError:
    """The error for a key that does not exist, with what the user may have meant."""
    near = nearest(name.replace("_", "."), known, cutoff=0.6)
    return ConfigError(f"unknown config key {name!r}" + (f": did you mean {near!r}?" if near else ""))
