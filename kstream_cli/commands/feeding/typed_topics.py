"""The topics of a cluster and what they hold: what `send`, `peek` and `topics` begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from kstream_cli.commands.loading.target import Target
from kstream_cli.operations.topic_types import TopicTypes
from kstream_cli.serde.named import named_serde


@dataclass(frozen=True, slots=True)
class TypedTopics:
    """An application on a cluster, and the types of its topics."""

    target: Target
    types: TopicTypes

    @classmethod
    def of(cls, *, key_serde: str | None = None, value_serde: str | None = None, **named: Any) -> Self:
        """From the options of a command: those of `Target.of`, and serdes by name that win over the topology's."""
        given = [None if name is None else named_serde(name) for name in (key_serde, value_serde)]
        target = Target.of(**named, is_alone=any(given) and named["module"] is None).connected()
        return cls(target, TopicTypes(target.topology, target.config, key=given[0], value=given[1]))
