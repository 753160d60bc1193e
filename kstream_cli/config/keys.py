"""What a configuration key is: its name, the kind of its value, and how a given value is read and checked."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable
from dataclasses import Field, dataclass, field, fields
from importlib import import_module
from typing import Any

from kstream_cli.callables import check_function, check_methods, check_plain
from kstream_cli.errors import ConfigError

Reader = Callable[[str, Any], Any]
"""(key, given value) -> the typed value; raises ConfigError."""

_NAME = re.compile(r"(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}")
HIGHEST = 2**63 - 1
"""What a number of a setting can be, as in Java."""


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """One key of Kafka Streams: as given (`name`), as read (`field` of Config), and what it is for."""

    name: str
    field: str
    kind: str
    default: Any
    doc: str
    used: bool = True
    """False when kstream accepts the key for Java's sake, but nothing depends on it."""


def integer(low: int | None = None, *, never: int | None = None) -> tuple[str, Reader]:
    """A whole number, at least `low`, and not `never`."""

    def read(key: str, value: Any) -> int:
        if isinstance(value, bool):
            raise ConfigError(f"{key} must be a whole number, not {value!r}")
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            raise ConfigError(f"{key} must be a whole number, not {value!r}") from None
        if isinstance(value, float) and value != number:
            raise ConfigError(f"{key} must be a whole number, not {value!r}")
        if low is not None and number < low:
            raise ConfigError(f"{key} must be at least {low}, not {number}")
        if number == never:
            raise ConfigError(f"{key} must not be {never}")
        if abs(number) > HIGHEST:
            raise ConfigError(f"{key} must be at most {HIGHEST}, not {value!s:.40}")
        return number

    return "integer", read


def boolean() -> tuple[str, Reader]:
    def read(key: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        text = str(value).strip().lower()
        if text not in ("true", "false"):
            raise ConfigError(f"{key} must be true or false, not {value!r}")
        return text == "true"

    return "boolean", read


def text() -> tuple[str, Reader]:
    def read(key: str, value: Any) -> str:
        return str(value)

    return "text", read


def application_name() -> tuple[str, Reader]:
    """What can be the start of a topic's name, and the name of a folder."""

    def read(key: str, value: Any) -> str:
        given = str(value)
        if not _NAME.fullmatch(given):
            raise ConfigError(
                f"{key} names topics, groups and folders: up to 249 letters, digits, '.', '_' and '-', not {given!r}"
            )
        return given

    return "text", read


def topic_name() -> tuple[str, Reader]:
    """A topic's name, or empty; `CLUSTER:NAME` for one of another cluster."""

    def read(key: str, value: Any) -> str:
        given = str(value)
        if given and not _NAME.fullmatch(given.rpartition(":")[2]):
            raise ConfigError(
                f"{key}: Kafka allows no topic named {given!r}: use up to 249 letters, digits, '.', '_' and '-'"
            )
        return given

    return "text", read


def servers() -> tuple[str, Reader]:
    """host:port,host:port as one text; the port may be left out."""
    _, read_list = text_list()

    def read(key: str, value: Any) -> str:
        given: tuple[str, ...] = read_list(key, value)
        for server in given:
            _refuse_login(key, server)
            host, colon, port = server.rpartition("://")[2].rpartition(":")
            if colon and not port.endswith("]") and not (host and port.isdecimal() and 0 < int(port) < 65_536):
                raise ConfigError(f"{key} is host:port,host:port with ports from 1 to 65535, not {server!r}")
        return ",".join(given)

    return "text", read


def endpoint() -> tuple[str, Reader]:
    """host:port of one instance, or empty. An IPv6 address stands in brackets; a scheme is left out, as in Java."""

    def read(key: str, value: Any) -> str:
        given = str(value).strip().rpartition("://")[2]
        _refuse_login(key, given)
        host, _, port = given.rpartition(":")
        is_bare = host and not set(host) & set("/@ ") and (":" not in host or (host[0] + host[-1] == "[]"))
        if given and not (is_bare and port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
            raise ConfigError(f"{key} is host:port with a port from 1 to 65535, not {given!r}")
        return given

    return "text", read


def _refuse_login(key: str, server: str) -> None:
    """Kafka has no addresses with a user in them; what stands there may be a password, and is not shown."""
    _, at, host = server.rpartition("@")
    if at:
        raise ConfigError(
            f"{key} is host:port, without a user or password before {host}: "
            "they are given with sasl.username and sasl.password"
        )


def one_of(*choices: str) -> tuple[str, Reader]:
    """One of a few words, in whatever case it is given."""
    by_lower = {choice.lower(): choice for choice in choices}

    def read(key: str, value: Any) -> str:
        choice = by_lower.get(str(value).strip().lower())
        if choice is None:
            raise ConfigError(f"{key} must be one of {', '.join(choices)}, not {value!r}")
        return choice

    return "choice", read


def opentelemetry(none: str, *choices: str) -> tuple[str, Reader]:
    """One of a few words, of which all but the first need OpenTelemetry."""
    kind, read_choice = one_of(none, *choices)

    def read(key: str, value: Any) -> str:
        choice: str = read_choice(key, value)
        if choice != none:
            try:
                import_module("opentelemetry.trace")
            except ImportError:
                raise ConfigError(f"{key} needs OpenTelemetry: pip install 'kstream-cli[opentelemetry]'") from None
        return choice

    return kind, read


def text_list() -> tuple[str, Reader]:
    """Words, as a list or as one text with commas."""

    def read(key: str, value: Any) -> tuple[str, ...]:
        parts: Iterable[Any] = value.split(",") if isinstance(value, str) else value
        return tuple(str(part).strip() for part in parts if str(part).strip())

    return "list", read


OPTIMIZATIONS = ("reuse.ktable.source.topics", "merge.repartition.topics", "single.store.self.join")


def optimizations() -> tuple[str, Reader]:
    """The set of optimisations switched on; `all` and `none` are short for all three and for nothing."""
    _, read_list = text_list()

    def read(key: str, value: Any) -> frozenset[str]:
        names: tuple[str, ...] = read_list(key, value)
        for name in names:
            if name not in (*OPTIMIZATIONS, "all", "none"):
                raise ConfigError(f"{key} must be all, none, or some of {', '.join(OPTIMIZATIONS)}, not {name!r}")
        if len(names) > 1 and ("all" in names or "none" in names):
            raise ConfigError(f"{key}: {'all' if 'all' in names else 'none'} cannot be combined with others")
        return frozenset(OPTIMIZATIONS) if names == ("all",) else frozenset(names) - {"none"}

    return "list", read


def python_object() -> tuple[str, Reader]:
    """An object, or where to find one: `module:name`, or the name of a built-in one (Java's class name will do)."""

    def read(key: str, value: Any) -> Any:
        found = find_object(key, value) if isinstance(value, str) else value
        check_plain(found, key, error=ConfigError, methods=("configure",))
        return found

    return "object", read


def wrapper() -> tuple[str, Reader]:
    """A function (name, operator), or a class or an object with a method `wrap` of the same; or where to find it."""

    def read(key: str, value: Any) -> Any:
        found = find_object(key, value) if isinstance(value, str) else value
        check_plain(found, key, error=ConfigError, methods=("configure",))
        if not isinstance(found, type):  # An object's own method shows how it is called; a class's has `self`, too.
            check_function(getattr(found, "wrap", found), key, "name", "operator", error=ConfigError)
        elif not hasattr(found, "wrap"):
            raise ConfigError(f"{key}: {found.__qualname__} has no method wrap(name, operator)")
        else:
            check_plain(found, key, error=ConfigError, methods=("wrap",))
        return found

    return "object", read


def function(*parameters: str) -> tuple[str, Reader]:
    """A function of these parameters, or where to find one."""

    def read(key: str, value: Any) -> Any:
        found = find_object(key, value) if isinstance(value, str) else value
        if not callable(found):
            raise ConfigError(f"{key} must be a function, or module:name of one, not {value!r}")
        check_function(found, key, *parameters, error=ConfigError)
        return found

    return "object", read


def result_headers() -> tuple[str, Reader]:
    """NEWEST, a function, or where to find one; None for DEFAULT."""
    _, read_function = function("these", "those")

    def read(key: str, value: Any) -> Any:
        word = value.strip().upper() if isinstance(value, str) and ":" not in value else None
        if word in ("DEFAULT", "NEWEST"):
            return None if word == "DEFAULT" else word
        if word is not None:
            raise ConfigError(f"{key} must be DEFAULT, NEWEST, or module:name of a function, not {value!r}")
        return read_function(key, value)

    return "object", read


def java_class() -> tuple[str, Reader]:
    """A class of Java's that nothing here depends on."""

    def read(key: str, value: Any) -> Any:
        return value

    return "object", read


def function_or_java_class(*parameters: str) -> tuple[str, Reader]:
    """A function, or where to find one; None for a Java class, which a program may do without."""
    kind, read_function = function(*parameters)

    def read(key: str, value: Any) -> Any:
        if isinstance(value, str) and ":" not in value and value.count("."):
            return None
        return read_function(key, value)

    return kind, read


def exception_handler() -> tuple[str, Reader]:
    """A handler's class, an object of one, or a function in its place; or where to find it."""

    def read(key: str, value: Any) -> Any:
        found = find_object(key, value) if isinstance(value, str) else value
        handles = hasattr(found, "handle_error") or hasattr(found, "handle_serialization_error")
        if not callable(found) and not handles:
            raise ConfigError(f"{key} must be a function or an exception handler, or module:name of one, not {value!r}")
        check_plain(found, key, error=ConfigError, methods=("configure",))
        asked_with = ("context", "record", "error")
        if not isinstance(found, type) and not handles:
            check_function(found, key, *asked_with, error=ConfigError)
            return found
        methods = {"handle_error": asked_with, "handle_serialization_error": (*asked_with, "origin")}
        given = {name: parameters for name, parameters in methods.items() if hasattr(found, name)}
        check_methods(found, key, given or {"handle_error": asked_with}, error=ConfigError)
        return found

    return "object", read


def serde() -> tuple[str, Reader]:
    """A Serde, a Python type, or where to find one."""

    def read(key: str, value: Any) -> Any:
        found = find_object(key, value) if isinstance(value, str) else value
        contract = import_module("kstream_cli.serde.serde").Serde
        if isinstance(found, type) and issubclass(found, contract):
            found = found()
        if isinstance(found, contract):
            return found
        return import_module("kstream_cli").serde_for(found)

    return "serde", read


def find_object(key: str, name: str) -> Any:
    """The object that `module:name` points at, or a public name of kstream (a Java package before it is ignored)."""
    module, colon, attribute = name.partition(":")
    try:
        if colon:
            found: Any = import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
            return found
        if name in ("str", "int", "float", "bytes", "bool", "dict", "list"):
            return getattr(builtins, name)
        return getattr(import_module("kstream_cli"), name.replace("$", ".").rpartition(".")[2])
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"{key}: cannot find {name!r} ({error}); give it as module:name") from error


def key(kind: tuple[str, Reader], default: Any, doc: str, *, name: str | None = None, used: bool = True) -> Any:
    """A field of Settings; `used=False` says that kstream accepts the key for Java's sake and nothing depends on it."""
    metadata = {"key": name, "kind": kind[0], "read": kind[1], "doc": doc, "used": used}
    return field(default=default, metadata=metadata)


def key_name(setting: Field[Any]) -> str:
    """The dotted key of a field that `key` made."""
    name: str | None = setting.metadata["key"]
    return name if name is not None else setting.name.replace("_", ".")


def config_keys() -> tuple[ConfigKey, ...]:
    """Every key of Kafka Streams that Config knows, in the order of the alphabet."""
    found = [
        ConfigKey(
            name=key_name(each),
            field=each.name,
            kind=each.metadata["kind"],
            default=each.default,
            doc=each.metadata["doc"],
            used=each.metadata["used"],
        )
        for each in fields(import_module("kstream_cli.config.settings").Settings)
    ]
    return tuple(sorted(found, key=lambda each: each.name))
