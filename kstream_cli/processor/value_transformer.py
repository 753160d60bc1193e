"""Code that changes a table's values with the help of state stores (Java: ValueTransformerWithKey)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

from kstream_cli.callables import check_can_be_made, check_function, check_methods, methods_of
from kstream_cli.errors import StreamsError
from kstream_cli.processor.context import ProcessorContext
from kstream_cli.processor.operator import OperatorContext
from kstream_cli.record import Headers

K = TypeVar("K")
V = TypeVar("V")
VOut = TypeVar("VOut")


class ValueTransformer(ABC, Generic[K, V, VOut]):
    """Your code, which gives each row of a table a new value (Java: ValueTransformerWithKey, KIP-149).

    One object for each task.

    Example:
        >>> class Doubled(ValueTransformer):
        ...     def transform(self, key, value):
        ...         return None if value is None else value * 2
        >>> doubled = people.transform_values(Doubled, value=int)
    """

    context: ProcessorContext[Any, Any]

    def init(self, context: ProcessorContext[Any, Any]) -> None:
        """Called once before the first row, when the stores are restored.

        If you override it, call `super().init(context)`.
        """
        self.context = context

    @abstractmethod
    def transform(self, key: K, value: V | None) -> VOut | None:
        """The new value of the row; None deletes it. `value` is None for a row that was deleted."""

    def close(self) -> None:
        """Called when the task closes."""


ValueTransformerSupplier: TypeAlias = Callable[[], Any]
"""A ValueTransformer class, or a function that makes a new one each time it is called."""


def check_supplier(supplier: ValueTransformerSupplier) -> None:
    """Raise TopologyError where no transformer that works can come from it."""
    check_function(supplier, "transformer supplier")
    check_can_be_made(supplier)
    made = supplier if isinstance(supplier, type) else supplier()
    optional = (name for name in ("init", "close") if getattr(made, name, None) is not None)
    check_methods(made, "transformer", methods_of(ValueTransformer, ("transform", *optional)))


def opened_transformer(supplier: ValueTransformerSupplier, context: OperatorContext) -> Any:
    """A new transformer of the task, initialised and closed with it; it cannot forward."""

    def refuse(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
        raise StreamsError(f"processor {context.node!r} only transforms values: it cannot forward records")

    transformer = supplier()
    restricted = ProcessorContext[Any, Any](context, refuse)
    initialise, close = getattr(transformer, "init", None), getattr(transformer, "close", None)
    if initialise is not None:
        context.on_init(lambda: initialise(restricted))
    if close is not None:
        context.on_close(close)
    return transformer
