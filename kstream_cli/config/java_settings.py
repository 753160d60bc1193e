"""A Java application's client settings as librdkafka's: renamed, put another way, or left out with a word about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kstream_cli.config.client_settings import JAVA_ONLY, NOT_IN_LIBRDKAFKA, client_setting

_LOGIN_WITH_PASSWORD = ("PlainLoginModule", "ScramLoginModule")
_OPTION = re.compile(r"""\b(username|password)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))""")
_PEM = "PEM"


def as_librdkafka(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of one client, by librdkafka's names; those that it has nothing for are left out."""
    found = {
        client_setting(name): value
        for name, value in settings.items()
        if name not in JAVA_ONLY and name not in NOT_IN_LIBRDKAFKA
    }
    return _put_another_way(settings) | found


def without_effect(settings: Mapping[str, Any]) -> dict[str, str]:
    """Those of the settings that have no effect, each with what to use in its place, if there is something."""
    translated = _put_another_way(settings)
    found = {}
    for name in settings:
        if name in JAVA_ONLY:
            found[name] = ""
        elif name in NOT_IN_LIBRDKAFKA and not (
            (name == "sasl.jaas.config" and translated.keys() & {"sasl.username", "sasl.password"})
            or (name.startswith("ssl.truststore.") and "ssl.ca.location" in translated)
        ):
            found[name] = NOT_IN_LIBRDKAFKA[name]
    return found


def _put_another_way(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What user and password of a login, and a PEM file of trusted certificates, are called here."""
    found = {}
    login = str(settings.get("sasl.jaas.config", ""))
    if any(module in login for module in _LOGIN_WITH_PASSWORD):
        for option, double, single, plain in _OPTION.findall(login):
            found[f"sasl.{option}"] = re.sub(r"\\(.)", r"\1", double or single) or plain
    if str(settings.get("ssl.truststore.type", "")).upper() == _PEM and "ssl.truststore.location" in settings:
        found["ssl.ca.location"] = settings["ssl.truststore.location"]
    return found
