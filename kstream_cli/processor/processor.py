"""The Processor API: code that takes one record at a time and forwards what it likes."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from kstream_cli.callables import check_can_be_made, check_function, check_methods, check_plain, methods_of
from kstream_cli.errors import TopologyError
from kstream_cli.processor.code import Code, Names, Step, Written, WrittenOperator
from kstream_cli.processor.context import FixedKeyProcessorContext, ProcessorContext
from kstream_cli.processor.operator import OperatorContext
from kstream_cli.record import Record
from kstream_cli.state.store import StoreBuilder
from kstream_cli.user_objects import repr_of

KIn = TypeVar("KIn")
VIn = TypeVar("VIn")
KOut = TypeVar("KOut")
VOut = TypeVar("VOut")


class Processor(ABC, Generic[KIn, VIn, KOut, VOut]):
    """Your code, which is given records one by one (Java: Processor, KIP-820). Each task makes its own object.

    An error that `process` raises goes to the processing exception handler.

    Example:
        >>> class Large(Processor):
        ...     def process(self, record):
        ...         if record.value >= 100:
        ...             self.context.forward(record)
        >>> orders.process(Large).to("large-orders", key=str, value=int)
    """

    context: ProcessorContext[KOut, VOut]

    def init(self, context: ProcessorContext[KOut, VOut]) -> None:
        """Called once before the first record, when the stores are restored.

        If you override it, call `super().init(context)`.
        """
        self.context = context

    @abstractmethod
    def process(self, record: Record[KIn, VIn]) -> None:
        """Called for each record; forward any number of records with `self.context.forward`."""

    def close(self) -> None:
        """Called when the task closes."""


class FixedKeyProcessor(ABC, Generic[KIn, VIn, VOut]):
    """A Processor that keeps the key of the record, so that no repartition topic is needed (Java: FixedKeyProcessor).

    A record with another key that it forwards raises StreamsError.

    Example:
        >>> class Doubled(FixedKeyProcessor):
        ...     def process(self, record):
        ...         self.context.forward(record.with_value(record.value * 2))
        >>> orders.process_values(Doubled, value=int).to("doubled")
    """

    context: FixedKeyProcessorContext[KIn, VOut]

    def init(self, context: FixedKeyProcessorContext[KIn, VOut]) -> None:
        """Called once before the first record, when the stores are restored.

        If you override it, call `super().init(context)`.
        """
        self.context = context

    @abstractmethod
    def process(self, record: Record[KIn, VIn]) -> None:
        """Called for each record; forward any number of records with the same key."""

    def close(self) -> None:
        """Called when the task closes."""


ProcessorSupplier: TypeAlias = Callable[..., Any]
"""A Processor class, a function without arguments that makes a new Processor each time it is called, or a function
or generator `f(record, context)`. It may carry `stores`, a collection of StoreBuilders, connected automatically."""


@dataclass(frozen=True, slots=True)
class ProcessorOperator(WrittenOperator):
    """Runs user code written against Record. With `fixed_key` the code must keep the record's key.

    A function `f(record, context)` may forward through the context; what it returns or yields is forwarded as well:
    Records, or (key, value) pairs (with `fixed_key`: Records or values), which keep the timestamp and headers.
    """

    asks_for_record: ClassVar[bool] = True
    calls_children: ClassVar[bool] = True

    supplier: ProcessorSupplier
    fixed_key: bool = False

    def __post_init__(self) -> None:
        if not _takes_record(self.supplier):
            _check_supplies_new(self.supplier)

    @property
    def stores(self) -> tuple[StoreBuilder[Any, Any], ...]:
        """The stores that the supplier brings along."""
        stores = getattr(self.supplier, "stores", ())
        return tuple(stores() if callable(stores) else stores)

    def writer(self, context: OperatorContext, after: Written) -> Step:
        if not self.fixed_key:
            return self._writer(context, ProcessorContext[Any, Any](context, after.function()), after)
        fixed = FixedKeyProcessorContext[Any, Any](context, after.function())
        process = self._writer(context, fixed, after)

        def write(code: Code, names: Names) -> None:
            key = f"{code.bind('context', fixed)}.key"
            code.line(f"{key} = {names.key}")
            process(code, names)
            code.line(f"{key} = {code.bind('no_key', fixed._NO_KEY)}")

        return write

    def _writer(self, context: OperatorContext, given: ProcessorContext[Any, Any], after: Written) -> Step:
        """Write what the user's code does with a record; `given` is the context that it sees."""
        if _takes_record(self.supplier):
            return self._function(given, after)
        processor = self.supplier()
        process = processor.process
        context.on_init(lambda: processor.init(given))
        context.on_close(getattr(processor, "close", _nothing))

        def write(code: Code, names: Names) -> None:
            code.line(f"{code.bind('process', process)}({code.bind('Record', Record)}({names}))")

        return write

    def _function(self, given: ProcessorContext[Any, Any], after: Written) -> Step:
        """Write a call of the processing function, and what comes after for each of its results."""

        def write(code: Code, names: Names) -> None:
            results, result, record = code.fresh("results"), code.fresh("result"), code.bind("Record", Record)
            function, context = code.bind("function", self.supplier), code.bind("context", given)
            code.line(f"{results} = {function}({record}({names}), {context})")
            each = f"for {result} in {code.bind('each', _each)}({results}):"
            with code.block(f"if {results} is not None:"), code.block(each):
                with code.block(f"if isinstance({result}, {record}):"):
                    code.line(f"{context}.forward({result})")
                with code.block("else:"):
                    if self.fixed_key:
                        after.step(code, names._replace(value=result))
                    else:
                        key, value = code.fresh("key"), code.fresh("value")
                        code.line(f"{key}, {value} = {result}")
                        after.step(code, names._replace(key=key, value=value))

        return write


def _each(results: Any) -> Iterable[Any]:
    return (results,) if isinstance(results, Record) else results


def _takes_record(supplier: Any) -> bool:
    """Whether the supplier is itself the processing function `f(record, context)`."""
    if isinstance(supplier, type):
        return False
    if not callable(supplier):
        raise TopologyError(
            f"{repr_of(supplier)} is no processor: give a Processor class, a function that makes a new Processor, "
            "or a function f(record, context)"
        )
    check_plain(supplier, "processor", yields=True)
    try:
        parameters = inspect.signature(supplier).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [p for p in parameters if p.kind in positional and p.default is inspect.Parameter.empty]
    return len(required) == 2


def _check_supplies_new(supplier: Any) -> None:
    if isinstance(supplier, type):
        if not callable(getattr(supplier, "process", None)):
            raise TopologyError(f"{supplier.__qualname__} is no processor: it has no method process(record)")
        check_can_be_made(supplier)
        _check_methods(supplier)
        check_function(supplier, "processor", remedy=": give a function that makes one")
        return
    check_function(supplier, "processor supplier", remedy=", and a function f(record, context) two arguments")
    first, second = supplier(), supplier()
    if not callable(getattr(first, "process", None)):
        raise TopologyError(
            f"{repr_of(supplier)} gave {repr_of(first)}, which is no processor: it has no method process(record)"
        )
    _check_methods(first)
    if first is second:
        raise TopologyError(
            f"{repr_of(supplier)} gave the same processor twice: every task needs its own, so make a new one at each "
            "call"
        )


def _check_methods(processor: Any) -> None:
    optional = (name for name in ("init", "close") if getattr(processor, name, None) is not None)
    check_methods(processor, "processor", methods_of(Processor, ("process", *optional)))


def _nothing() -> None:
    pass
