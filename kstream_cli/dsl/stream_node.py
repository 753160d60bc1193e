"""What streams, tables and groupings have in common: a place in the graph, and serdes that travel downstream."""

from __future__ import annotations

from typing import Any

from kstream_cli.dsl.graph import Graph, GraphNode
from kstream_cli.dsl.naming import Names
from kstream_cli.errors import TopologyError
from kstream_cli.processor.operator import Operator
from kstream_cli.serde.serde import Serde
from kstream_cli.topology.nodes import ProcessorNode


class StreamNode:
    """A point of the graph. `node` is its number there, `name` the processor that children attach to."""

    def __init__(
        self, graph: Graph, node: int, name: str, key_serde: Serde[Any] | None, value_serde: Serde[Any] | None
    ) -> None:
        self.graph = graph
        self.node = node
        self.name = name
        self.key_serde = key_serde
        self.value_serde = value_serde
        graph.given_serdes.setdefault(name, (key_serde, value_serde))

    @property
    def names(self) -> Names:
        return self.graph.names

    def add_processor(
        self,
        name: str,
        operator: Operator,
        *,
        stores: tuple[str, ...] = (),
        key_changing: bool = False,
        value_changing: bool = False,
    ) -> int:
        """Add an operation of one processor below this point; returns its number."""
        return self.graph.add(
            GraphNode(
                name=name,
                parents=(self.node,),
                nodes=(ProcessorNode(name, operator, parents=(), stores=stores),),
                key_changing=key_changing,
                value_changing=value_changing,
            )
        )

    def require_same_builder(self, other: Any) -> None:
        """Raise TopologyError unless `other`, a stream or table, was made by the same StreamsBuilder."""
        if other.graph is not self.graph:
            raise TopologyError(
                f"{self.name!r} and {getattr(other, 'name', other)!r} come from different StreamsBuilders: "
                "make both with one builder"
            )
