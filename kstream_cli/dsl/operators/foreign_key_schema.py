"""The serdes of a foreign-key join, opened for one task, and the key under which a subscription is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Any

from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import OperatorContext
from kstream_cli.serde.murmur3 import hash128
from kstream_cli.serde.serde import Serde

_LENGTH = Struct(">i")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKeySchema:
    """The serdes of both tables; None is the configured default. `topic` is the registration topic.

    Each kind of data is serialised under a topic name of its own, as Java does, for serdes that look at it.
    """

    topic: str
    primary_key: Serde[Any] | None
    foreign_key: Serde[Any] | None
    value: Serde[Any] | None

    def foreign_key_writer(self, context: OperatorContext) -> Callable[[Any], bytes]:
        serde = _given(self.foreign_key, context.config.default_key_serde, "key", context)
        return serde.serializer(f"{context.application_id}-{self.topic}-fk", is_key=True)

    def value_hasher(self, context: OperatorContext) -> Callable[[Any], bytes]:
        """The fingerprint of a left row's value, by which an outdated response is told."""
        serde = _given(self.value, context.config.default_value_serde, "value", context)
        write = serde.serializer(f"{context.application_id}-{self.topic}-vh")
        return lambda value: hash128(write(value))

    def prefix_writer(self, context: OperatorContext) -> Callable[[Any], bytes]:
        """foreign key -> the bytes with which the stored keys of all its subscriptions begin."""
        write, pack = self.foreign_key_writer(context), _LENGTH.pack

        def prefix(foreign_key: Any) -> bytes:
            data = write(foreign_key)
            return pack(len(data)) + data

        return prefix

    def combined_key_writer(self, context: OperatorContext) -> Callable[[Any, Any], bytes]:
        """(foreign key, primary key) -> the key under which the subscription is stored."""
        prefix = self.prefix_writer(context)
        serde = _given(self.primary_key, context.config.default_key_serde, "key", context)
        write = serde.serializer(f"{context.application_id}-{self.topic}-pk", is_key=True)
        return lambda foreign_key, primary_key: prefix(foreign_key) + write(primary_key)


def _given(serde: Serde[Any] | None, default: Serde[Any] | None, which: str, context: OperatorContext) -> Serde[Any]:
    if serde is not None:
        return serde.with_defaults(context.config.default_key_serde, context.config.default_value_serde)
    if default is None:
        raise TopologyError(
            f"the foreign-key join of {context.node} needs the {which} serdes of its tables: "
            f"pass {which}= where they are read, or set default.{which}.serde"
        )
    return default
