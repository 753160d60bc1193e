"""The settings of an application, each with the place that it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from kstream_cli.commands.loading.module_loader import load_module
from kstream_cli.commands.loading.settings import environment, read_file, read_profile
from kstream_cli.config import Config
from kstream_cli.config.clients import CONSUMER_DEFAULTS, PRODUCER_DEFAULTS
from kstream_cli.config.cluster_settings import CLUSTERS
from kstream_cli.config.keys import config_keys
from kstream_cli.config.sources import parse_setting
from kstream_cli.errors import ModuleError

Origin: TypeAlias = Literal["flag", "environment", "file", "profile", "module", "default"]

OF_CLIENTS = "A setting of the Kafka clients, by librdkafka's name"
OF_TOPICS = "A setting of the topics that the application makes"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting that counts."""

    key: str
    value: Any
    origin: Origin
    explanation: str


def settings_with_origins(
    module: str | None,
    *,
    file: Path | None,
    profile: str | None,
    assignments: Iterable[str],
    are_typed: bool,
    options: Mapping[str, tuple[Any, bool]],
) -> list[Setting]:
    """All settings in the order of the alphabet.

    `are_typed` says whether the assignments stand on the command line, else they are KSTREAM_SET's; so does the second
    part of each option. Without a module, and where the project has none, only the other places count.

    Raises ConfigError for a setting that is none.
    """
    places: list[tuple[Origin, Mapping[str, Any]]] = [("module", _of_module(module))]
    if profile is not None:
        places.append(("profile", read_profile(profile)))
    if file is not None:
        places.append(("file", read_file(file)))
    places.append(("environment", environment()))
    places.append(("flag" if are_typed else "environment", dict(map(parse_setting, assignments))))
    for name, (value, is_typed) in options.items():
        if value is not None:
            places.append(("flag" if is_typed else "environment", {name: value}))
    origins = {name: origin for origin, given in places for name, value in given.items() if value is not None}
    config = Config.from_mapping({name: value for _, given in places for name, value in given.items()})
    keys = {key.name: key for key in config_keys()}
    found = [
        Setting(key.name, getattr(config, key.field), origins.get(key.name, "default"), key.doc)
        for key in keys.values()
        if not key.name.startswith("__") or key.name in origins
    ]
    found += [
        Setting(name, value, origins[name], _explanation(name))
        for name, value in config.original.items()
        if name not in keys
    ]
    for prefix, defaults in (("consumer.", CONSUMER_DEFAULTS), ("producer.", PRODUCER_DEFAULTS)):
        found += [
            Setting(prefix + name, value, "default", OF_CLIENTS)
            for name, value in defaults.items()
            if prefix + name not in origins and name not in origins
        ]
    return sorted(found, key=lambda setting: setting.key)


def _explanation(name: str) -> str:
    """What a key is for that is none of Kafka Streams' own."""
    if name.startswith(CLUSTERS):
        return f"Setting of the Kafka clients of cluster {name.split('.')[1]}"
    return OF_TOPICS if name.startswith("topic.") else OF_CLIENTS


def _of_module(module: str | None) -> Mapping[str, Any]:
    try:
        return load_module(module).settings()
    except ModuleError:
        if module is not None:
            raise
        return {}
