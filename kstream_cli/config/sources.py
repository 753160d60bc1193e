"""Where settings come from besides code: `key=value` arguments, properties files and KSTREAM_* variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from kstream_cli.config.client_settings import known_settings
from kstream_cli.config.cluster_settings import CLUSTERS, cluster_variable
from kstream_cli.config.installed_client import is_newer_setting
from kstream_cli.config.keys import config_keys
from kstream_cli.config.names import PREFIXES, unknown_key
from kstream_cli.errors import ConfigError

ENVIRONMENT_PREFIX = "KSTREAM_"
_ENTRY = re.compile(r"((?:\\.|[^\\=:\s])+)(?:\s*[=:]\s*|\s+)(.*)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def parse_setting(text: str) -> tuple[str, str]:
    """Split `key=value`, as given to --set."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"a setting is given as key=value: {_key_alone(text)}")
    return name.strip(), value.strip()


def parse_properties(text: str) -> dict[str, str]:
    """Read a Java properties file: `key=value`, `key: value` or `key value`, # and ! comments, \\ at the end to go on,
    and Java's escapes."""
    settings: dict[str, str] = {}
    for line in _logical_lines(text):
        found = _ENTRY.fullmatch(line)
        if found is None:
            raise ConfigError(f"a line of a properties file is key=value: {_key_alone(line)}")
        settings[_unescaped(found[1])] = _unescaped(found[2]).strip()
    return settings


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments, each with those that go on from it."""
    begun = ""
    for line in text.splitlines():
        line = line.strip()
        if not begun and (not line or line[0] in "#!"):
            continue
        if (len(line) - len(line.rstrip("\\"))) % 2:
            begun += line[:-1]
            continue
        yield begun + line
        begun = ""
    if begun:
        yield begun


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES.get(found[2], found[2]), text)


def _key_alone(text: str) -> str:
    """What is wrong with a text that has no `=`. Only a key that is known is shown: all else may be a password."""
    word = next(iter(text.split()), "")
    if is_known_setting(word):
        return f"{word} has no ="
    return "one has no = (it is not shown, as it may be a secret)"


def is_known_setting(name: str) -> bool:
    """Whether a key of Kafka Streams or of a Kafka client has this name, with a prefix or without."""
    bare = next((name[len(prefix) :] for prefix in PREFIXES if name.startswith(prefix)), name)
    return bare in known_settings() or bare in {key.name for key in config_keys()}


def environment_settings(environment: Mapping[str, str], *, ignore: Collection[str] = ()) -> dict[str, str]:
    """Settings from variables such as KSTREAM_NUM_STREAM_THREADS; `ignore` names variables of another use.

    A variable that no key matches is an error with the nearest key: it is most likely misspelt.
    """
    known = {_variable(name): name for name in (*known_settings(), *(key.name for key in config_keys()))}
    for prefix, settings in PREFIXES.items():
        known.update({_variable(prefix + name): prefix + name for name in settings or ()})
    found: dict[str, str] = {}
    for variable, value in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in ignore:
            continue
        if variable.startswith(_variable(CLUSTERS)) and (key := cluster_variable(variable[len(_variable(CLUSTERS)) :])):
            found[key] = value
            continue
        free = next((prefix for prefix in ("topic.", "client.tag.") if variable.startswith(_variable(prefix))), None)
        if variable in known:
            found[known[variable]] = value
        elif free is not None:
            found[free + variable[len(_variable(free)) :].lower().replace("_", ".")] = value
        else:
            guess = variable[len(ENVIRONMENT_PREFIX) :].lower().replace("_", ".")
            prefix = next((each for each, settings in PREFIXES.items() if settings and guess.startswith(each)), "")
            if is_newer_setting(guess[len(prefix) :]):
                found[guess] = value
                continue
            raise ConfigError(f"environment variable {variable}: {unknown_key(guess, set(known.values()))}")
    return found


def _variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.upper().replace(".", "_").replace("-", "_")
