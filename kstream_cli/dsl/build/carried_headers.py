"""Where headers are carried on by a rule: which operators have one, and which stores keep headers for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kstream_cli.config import Config
from kstream_cli.dsl.build.optimizer import Plan
from kstream_cli.dsl.graph import GraphStore, store_name
from kstream_cli.dsl.operators.aggregate import Aggregate
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.dsl.operators.session_aggregate import SessionAggregate
from kstream_cli.dsl.operators.sliding_aggregate import SlidingAggregate
from kstream_cli.dsl.operators.stream_table_grace_join import StreamTableGraceJoin
from kstream_cli.dsl.operators.table_aggregate import TableAggregate
from kstream_cli.dsl.operators.window_aggregate import WindowAggregate
from kstream_cli.dsl.store_suppliers import carrying_headers
from kstream_cli.errors import TopologyError
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.nodes import ProcessorNode

_AGGREGATIONS = (Aggregate, WindowAggregate, SlidingAggregate, SessionAggregate, TableAggregate)
"""Their stores keep headers by their own rule only: no row's headers are another record's than the rule says."""


@dataclass(frozen=True, slots=True)
class CarriedHeaders:
    """The rules of one topology. `default` is the rule for an operation that has no other."""

    default: ResultHeaders | None
    stores: frozenset[str]
    """Those that keep headers for a rule."""
    unable: frozenset[str]
    """Those that cannot: with a history, or of a kind of one's own."""

    @classmethod
    def of(cls, plan: Plan, config: Config, resolved: Callable[[GraphStore], StoreBuilder[Any, Any]]) -> CarriedHeaders:
        """What the plan's operations and `dsl.result.headers` ask for. Raises TopologyError where a store cannot."""
        given = config.dsl_result_headers
        default = None if given is None else ResultHeaders() if isinstance(given, str) else ResultHeaders(given)
        operators = list(_operators(plan))
        if default is None and not any(getattr(operator, "headers", None) for _, operator in operators):
            return cls(None, frozenset(), frozenset())
        builders = {store_name(store): store for node in plan.nodes.values() for store in node.stores}
        unable = frozenset(name for name, store in builders.items() if carrying_headers(resolved(store)) is None)
        wanted: set[str] = set()
        without: set[str] = set()
        for name, operator in operators:
            if getattr(operator, "headers", None) is None and default is None:
                without.update((operator.store,) if isinstance(operator, _AGGREGATIONS) else ())
                continue
            wanted.update(getattr(operator, "header_stores", ()))
            if isinstance(operator, _AGGREGATIONS) and operator.headers is not None and operator.store in unable:
                raise TopologyError(
                    f"{name!r} has headers=, but its store {operator.store!r} has no room for them: "
                    "it has a history, or is of a kind of your own. Leave out headers=, or give it another store"
                )
        return cls(default, frozenset(wanted - without - unable), unable)

    def of_operator(self, operator: Any) -> Any:
        """The operator with the rule that it goes by."""
        if self.default is None:
            return operator
        if isinstance(operator, StreamTableGraceJoin):
            return replace(operator, join=self.of_operator(operator.join))
        if getattr(operator, "headers", operator) is not None:
            return operator
        if isinstance(operator, _AGGREGATIONS) and operator.store in self.unable:
            return operator
        return replace(operator, headers=self.default)

    def of_store(self, builder: StoreBuilder[Any, Any]) -> StoreBuilder[Any, Any]:
        """The builder of a store that keeps headers if it is to."""
        return (carrying_headers(builder) or builder) if builder.name in self.stores else builder


def _operators(plan: Plan) -> Iterator[tuple[str, Any]]:
    for node in plan.nodes.values():
        for physical in node.nodes:
            if isinstance(physical, ProcessorNode):
                yield physical.name, physical.operator
