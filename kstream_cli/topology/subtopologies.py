"""Splitting a topology into the parts that run as tasks."""

from __future__ import annotations

from dataclasses import dataclass

from kstream_cli.topology.nodes import Node


@dataclass(frozen=True, slots=True)
class Subtopology:
    """Nodes that run together: one task per partition of its widest source topic.

    Topics are named without application id (see `Topology.topic_name`).
    """

    id: int
    nodes: tuple[Node, ...]
    """In insertion order: parents stand before their children."""
    stores: tuple[str, ...]
    source_topics: tuple[str, ...]
    sink_topics: tuple[str, ...]
    """Fixed sink topics; those of an extractor are not known."""
