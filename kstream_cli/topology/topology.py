"""Topology: processors, their connections and stores. Written by hand (Processor API) or built by the DSL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kstream_cli.errors import TopologyError
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.description import TopologyDescription
from kstream_cli.topology.nodes import GlobalStore, InternalTopic, Node


class Topology:
    """A graph of source, stream and sink processors.

    Read by the rest of kstream through: `nodes` (name -> node, insertion order), `stores` (name -> StoreBuilder),
    `global_stores` (store name -> GlobalStore), `internal_topics` (name without application id -> InternalTopic),
    `copartition_groups` (sets of topics that need equal partition counts), `source_changelogs` (store name -> source
    topic that serves as its changelog), `children(name)`, `subtopologies()`, `describe()`.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.stores: dict[str, StoreBuilder[Any, Any]] = {}
        self.global_stores: dict[str, GlobalStore] = {}
        self.internal_topics: dict[str, InternalTopic] = {}
        self.copartition_groups: list[frozenset[str]] = []
        self.source_changelogs: dict[str, str] = {}

    def topic_name(self, topic: str, application_id: str) -> str:
        """The topic's name on the broker: internal topics carry the application id in front."""
        return f"{application_id}-{topic}" if topic in self.internal_topics else topic

    def describe(self) -> TopologyDescription:
        raise NotImplementedError

    def subtopologies(self) -> Mapping[int, Any]:
        raise NotImplementedError


__all__ = ["Topology", "TopologyError"]
