"""The rule that every source, sink and store knows its serdes: from the topology, or from the configured defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import TopologyError
from kstream_cli.serde.serde import Serde
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.topology import Topology


def check_serdes(topology: Topology, config: Config) -> None:
    """Raise one TopologyError that lists all serdes that are missing.

    Whoever runs a topology calls this first, so that nothing is contacted or made for one that cannot run.
    """
    missing = missing_serdes(topology, config)
    if len(missing) == 1:
        raise TopologyError(missing[0])
    if missing:
        raise TopologyError("\n".join([f"{len(missing)} serdes are missing:", *missing]))


def missing_serdes(topology: Topology, config: Config) -> list[str]:
    """What has no serde, one text each that says where to give it."""
    sources = [store.source for store in topology.global_stores.values()]
    stores = [store.store for store in topology.global_stores.values()]
    found: list[str] = []
    for node in [*topology.nodes.values(), *sources]:
        if isinstance(node, SourceNode):
            found += _missing("source", node.name, ", ".join(node.topics), node.key, node.value, config)
        elif isinstance(node, SinkNode):
            found += _missing("sink", node.name, node.topic, node.key, node.value, config)
    for store in [*topology.stores.values(), *stores]:
        if store.needs_serdes:
            found += _missing("store", store.name, None, store.key, store.value, config)
    return found


def _missing(
    kind: str, name: str, topic: str | None, key: Serde[Any] | None, value: Serde[Any] | None, config: Config
) -> Iterator[str]:
    default_key, default_value = config.default_key_serde, config.default_value_serde
    for part, serde, default in (("key", key, default_key), ("value", value, default_value)):
        used = default if serde is None else serde.with_defaults(default_key, default_value)
        if used is None or not used.is_complete:
            where = f"{kind} {name!r} ({topic})" if topic else f"{kind} {name!r}"
            yield f"{where} has no {part} serde: give one with {part}=, or set default.{part}.serde"
