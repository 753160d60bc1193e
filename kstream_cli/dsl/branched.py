"""BranchedKStream: a stream being split into branches (Java: BranchedKStream)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kstream_cli.callables import check_function
from kstream_cli.dsl.graph import GraphNode
from kstream_cli.dsl.naming import checked_name
from kstream_cli.dsl.operators.pass_through import Branch, PassThrough
from kstream_cli.topology.nodes import ProcessorNode

if TYPE_CHECKING:
    from kstream_cli.dsl.kstream import KStream

K = TypeVar("K")
V = TypeVar("V")


class BranchedKStream(Generic[K, V]):
    """A stream that is split into branches (Java: BranchedKStream, KIP-418).

    A record goes to the first branch, in the order in which they were added, whose predicate is true. The result is a
    dict from the name of each branch to its stream. The name is `<split name><number or name of the branch>`. With
    `function` the dict has what the function returns for the branch (unless that is None). With `consumer` the branch
    is only passed to that function. A name that is used twice raises TopologyError.

    Example:
        >>> split = orders.split(name="orders-").branch(lambda key, amount: amount >= 100, name="large")
        >>> sorted(split.default_branch(name="small"))
        ['orders-large', 'orders-small']
    """

    def __init__(self, stream: KStream[K, V], name: str) -> None:
        self._stream = stream
        self._name = name
        self._branch = Branch()
        self._outputs: dict[str, KStream[K, V]] = {}
        self._split = stream.graph.add(self._graph_node())

    def branch(
        self,
        predicate: Callable[[K, V], Any],
        *,
        name: str | None = None,
        function: Callable[[KStream[K, V]], KStream[Any, Any] | None] | None = None,
        consumer: Callable[[KStream[K, V]], object] | None = None,
    ) -> BranchedKStream[K, V]:
        """Add a branch for the records for which `predicate(key, value)` is true and that no earlier branch took."""
        check_function(predicate, "predicate", "key", "value")
        _check(function, consumer)
        child = self._child_name(len(self._branch.branches) + 1, name)
        self._branch = replace(self._branch, branches=(*self._branch.branches, (predicate, child)))
        self._add(child, function, consumer)
        return self

    def default_branch(
        self,
        *,
        name: str | None = None,
        function: Callable[[KStream[K, V]], KStream[Any, Any] | None] | None = None,
        consumer: Callable[[KStream[K, V]], object] | None = None,
    ) -> dict[str, KStream[K, V]]:
        """Add the branch for all other records, end the split, and return the branches by name."""
        _check(function, consumer)
        child = self._child_name(0, name)
        self._branch = replace(self._branch, default=child)
        self._add(child, function, consumer)
        return self._outputs

    def no_default_branch(self) -> dict[str, KStream[K, V]]:
        """End the split, and return the branches by name; records that no branch takes are dropped."""
        return self._outputs

    def _child_name(self, number: int, name: str | None) -> str:
        return checked_name(f"{self._name}{number if name is None else name}")

    def _graph_node(self) -> GraphNode:
        node = ProcessorNode(self._name, self._branch, parents=())
        return GraphNode(name=self._name, parents=(self._stream.node,), nodes=(node,))

    def _add(
        self,
        child: str,
        function: Callable[[KStream[K, V]], KStream[Any, Any] | None] | None,
        consumer: Callable[[KStream[K, V]], object] | None,
    ) -> None:
        from kstream_cli.dsl.kstream import KStream

        stream, graph = self._stream, self._stream.graph
        graph.nodes[self._split] = self._graph_node()
        graph.names.burn()
        node = GraphNode(name=child, parents=(self._split,), nodes=(ProcessorNode(child, PassThrough(), parents=()),))
        branch: KStream[K, V] = KStream(
            graph,
            graph.add(node),
            child,
            stream.key_serde,
            stream.value_serde,
            repartition_required=stream.repartition_required,
        )
        if function is not None:
            result = function(branch)
            if result is not None:
                self._outputs[child] = result
        elif consumer is not None:
            consumer(branch)
        else:
            self._outputs[child] = branch


def _check(function: object, consumer: object) -> None:
    for given, role in ((function, "function"), (consumer, "consumer")):
        if given is not None:
            check_function(given, role, "branch")
