"""Describes a built topology: everything that its nodes, operators and stores say about themselves."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from kstream_cli.described.facts import (
    drops_null_keys,
    global_stores,
    join_kind,
    options_of,
    serde_name,
    store_of,
    wait_after,
    windows_of,
)
from kstream_cli.described.forms import form_of
from kstream_cli.described.functions import functions_of, given_as
from kstream_cli.described.model import (
    DescribedGlobalStore,
    DescribedNode,
    DescribedStore,
    DescribedSubtopology,
    DescribedTopology,
    Form,
    Position,
    Types,
)
from kstream_cli.described.operations import operation_of
from kstream_cli.described.relations import related
from kstream_cli.described.types import common_types, types_given
from kstream_cli.serde.serde import Serde
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.description import NodeDescription, ProcessorDescription, SinkDescription, SourceDescription
from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode
from kstream_cli.topology.topology import Topology


def described(
    topology: Topology,
    *,
    name: str,
    application_id: str | None = None,
    folder: Path | None = None,
    settings: Mapping[str, Any] | None = None,
) -> DescribedTopology:
    """Describe a built topology.

    Without an application id, internal topics keep the names they have in the topology. Files in `folder` are named
    relative to it. `settings` are those that decide on state and results.
    """
    given = {name: text for name, value in (settings or {}).items() if (text := _setting_text(value)) is not None}
    key, value = (_serde((settings or {}).get(f"default.{part}.serde")) for part in ("key", "value"))
    found = _Describing(topology, name, application_id, folder, key, value).topology()
    return msgspec.structs.replace(found, settings=given)


def _serde(given: Any) -> Serde[Any] | None:
    return given if isinstance(given, Serde) else None


@dataclass(slots=True)
class _Describing:
    built: Topology
    name: str
    application_id: str | None
    folder: Path | None
    key: Serde[Any] | None
    value: Serde[Any] | None
    _files: dict[str, str] = field(default_factory=dict)
    """Full name -> the name that is shown."""

    def topology(self) -> DescribedTopology:
        description = self.built.describe()
        parts = self.built.subtopologies()
        filled = [part for store in self.built.global_stores.values() for part in (store.source, store.processor)]
        built: dict[str, Node] = {node.name: node for node in (*self.built.nodes.values(), *filled)}
        types = self._types(built)
        subtopologies = tuple(
            DescribedSubtopology(
                id=block.id,
                nodes=tuple(self._node(node, built[node.name], types) for node in block.nodes),
                stores=tuple(
                    self._store(store) for store in parts[block.id].stores if store not in self.built.global_stores
                ),
                source_topics=tuple(map(self._topic, parts[block.id].source_topics)),
            )
            for block in description.subtopologies
        )
        global_stores = tuple(
            DescribedGlobalStore(
                id=block.id,
                source=self._node(block.source, built[block.source.name], types),
                processor=self._node(block.processor, built[block.processor.name], types),
                store=self._global_store(block.processor.stores[0]),
            )
            for block in description.global_stores
        )
        return related(
            DescribedTopology(
                name=self.name,
                subtopologies=subtopologies,
                global_stores=global_stores,
                internal_topics=tuple(sorted(map(self._topic, self.built.internal_topics))),
                copartition_groups=tuple(
                    sorted(tuple(sorted(map(self._topic, group))) for group in set(self.built.copartition_groups))
                ),
                application_id=self.application_id,
                python=".".join(platform.python_version_tuple()[:2]),
                partitions={
                    self._topic(name): topic.partitions
                    for name, topic in sorted(self.built.internal_topics.items())
                    if topic.partitions is not None
                },
            ),
            {node.name: join_kind(node.operator) for node in built.values() if isinstance(node, ProcessorNode)},
        )

    def _topic(self, topic: str) -> str:
        return topic if self.application_id is None else self.built.topic_name(topic, self.application_id)

    def _types(self, built: dict[str, Node]) -> dict[str, Types]:
        """Node -> the types of what it passes on; parents stand before their children."""
        stores = {**self.built.stores, **{name: each.store for name, each in self.built.global_stores.items()}}
        types: dict[str, Types] = {}
        for node in built.values():
            taken = [] if isinstance(node, SourceNode) else [types[name] for name in node.parents if name in types]
            given = self.built.given_serdes.get(node.name, (None, None))
            types[node.name] = types_given(node, taken, stores, given)
        return types

    def _node(self, node: NodeDescription, built: Node, types: dict[str, Types]) -> DescribedNode:
        position = self.built.positions.get(node.name)
        common: dict[str, Any] = {
            "name": node.name,
            "position": None if position is None else self._place(position.file, position.line),
            "key": serde_name(getattr(built, "key", None)),
            "value": serde_name(getattr(built, "value", None)),
            "key_form": self._form(getattr(built, "key", None), self.key),
            "value_form": self._form(getattr(built, "value", None), self.value),
        }
        if not isinstance(built, SourceNode):
            common["takes"] = _known(common_types([types[name] for name in built.parents if name in types]))
        match node:
            case SourceDescription():
                assert isinstance(built, SourceNode)
                return DescribedNode(
                    kind="source",
                    operation="source",
                    topics=tuple(map(self._topic, node.topics)),
                    pattern=node.pattern,
                    cluster=built.cluster,
                    children=node.successors,
                    gives=_known(types[node.name]),
                    offset_reset=built.offset_reset,
                    functions=given_as(self._place, timestamp_extractor=built.timestamp_extractor),
                    **common,
                )
            case SinkDescription():
                assert isinstance(built, SinkNode)
                return DescribedNode(
                    kind="sink",
                    operation="sink",
                    topics=() if node.topic is None else (self._topic(node.topic),),
                    extractor=node.extractor,
                    cluster=built.cluster,
                    parents=node.predecessors,
                    functions=given_as(self._place, topic=built.extractor, partitioner=built.partitioner),
                    **common,
                )
            case ProcessorDescription():
                assert isinstance(built, ProcessorNode)
                operator = built.operator
                operation = operation_of(node.name, operator)
                if operation is None and type(operator).__name__ == "PassThrough":
                    operation = "merge" if len(node.predecessors) > 1 else "branch"
                return DescribedNode(
                    kind="processor",
                    operation=operation,
                    stores=node.stores,
                    global_stores=global_stores(operator, self.built.global_stores),
                    parents=node.predecessors,
                    children=node.successors,
                    gives=_known(types[node.name]),
                    functions=functions_of(operator, self._place),
                    options=options_of(operator),
                    windows=windows_of(operator, [self.built.stores[s] for s in node.stores if s in self.built.stores]),
                    wait_ms=getattr(operator, "wait_ms", None),
                    wait_after=wait_after(operator),
                    drops_null_keys=drops_null_keys(operator),
                    emit_on_idle_ms=node.emit_on_idle_ms,
                    **common,
                )

    def _store(self, name: str) -> DescribedStore:
        builder = self.built.stores[name]
        source = self.built.source_changelogs.get(name)
        changelog = None if source is None else self._topic(source)
        if changelog is None and builder.logging:
            prefix = f"{self.application_id}-" if self.application_id else ""
            changelog = f"{prefix}{name}-changelog"
        return self._with_forms(builder, store_of(builder, changelog, is_source=source is not None))

    def _global_store(self, name: str) -> DescribedStore:
        filled = self.built.global_stores[name]
        topic = filled.source.topics[0] if filled.source.topics else None
        return self._with_forms(filled.store, store_of(filled.store, topic, is_source=topic is not None))

    def _with_forms(self, builder: StoreBuilder[Any, Any], store: DescribedStore) -> DescribedStore:
        key, value = self._form(builder.key, self.key), self._form(builder.value, self.value)
        return msgspec.structs.replace(store, key_form=key, value_form=value)

    def _form(self, serde: Serde[Any] | None, default: Serde[Any] | None) -> Form | None:
        return form_of(default if serde is None else serde.with_defaults(self.key, self.value), self._place)

    def _place(self, file: str, line: int) -> Position:
        if file not in self._files:
            path = Path(file)
            is_inside = self.folder is not None and path.is_relative_to(self.folder)
            self._files[file] = path.relative_to(self.folder).as_posix() if self.folder and is_inside else file
        return Position(file=self._files[file], line=line)


def _setting_text(value: Any) -> str | None:
    """A setting as text: a serde or function by its name."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    return getattr(value, "__qualname__", None) or serde_name(value)


def _known(types: Types) -> Types | None:
    return None if types == Types() else types
