"""The Processor API: code that takes one record at a time and forwards what it likes."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from kstream_cli.errors import TopologyError
from kstream_cli.processor.context import FixedKeyProcessorContext, ProcessorContext
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers, Record
from kstream_cli.state.store import StoreBuilder

KIn = TypeVar("KIn")
VIn = TypeVar("VIn")
KOut = TypeVar("KOut")
VOut = TypeVar("VOut")


class Processor(ABC, Generic[KIn, VIn, KOut, VOut]):
    """Takes records one by one; one object for each task. `context` is there from init() on."""

    context: ProcessorContext[KOut, VOut]

    def init(self, context: ProcessorContext[KOut, VOut]) -> None:
        """Called once before the first record, when the stores are restored; an override calls super().init()."""
        self.context = context

    @abstractmethod
    def process(self, record: Record[KIn, VIn]) -> None: ...

    def close(self) -> None:
        """Called when the task closes."""


class FixedKeyProcessor(ABC, Generic[KIn, VIn, VOut]):
    """A Processor whose results keep the key of the record being processed, so that nothing is repartitioned."""

    context: FixedKeyProcessorContext[KIn, VOut]

    def init(self, context: FixedKeyProcessorContext[KIn, VOut]) -> None:
        """Called once before the first record, when the stores are restored; an override calls super().init()."""
        self.context = context

    @abstractmethod
    def process(self, record: Record[KIn, VIn]) -> None: ...

    def close(self) -> None:
        """Called when the task closes."""


ProcessorSupplier: TypeAlias = Callable[..., Any]
"""A Processor class, a function without arguments that makes a new Processor each time it is called, or a function
or generator `f(record, context)`. It may carry `stores`, a collection of StoreBuilders, connected automatically."""


@dataclass(frozen=True, slots=True)
class ProcessorOperator:
    """Runs user code written against Record. With `fixed_key` the code must keep the record's key.

    A function `f(record, context)` may forward through the context; what it returns or yields is forwarded as well:
    Records, or (key, value) pairs (with `fixed_key`: Records or values), which keep the timestamp and headers.
    """

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

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if _takes_record(self.supplier):
            return self._fuse_function(context, forward)
        processor = self.supplier()
        process_record = processor.process
        if self.fixed_key:
            fixed = FixedKeyProcessorContext[Any, Any](context, forward)
            context.on_init(lambda: processor.init(fixed))
            context.on_close(getattr(processor, "close", _nothing))

            def process_fixed(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
                fixed.key = key
                process_record(Record(key, value, timestamp, headers))
                fixed.key = fixed._NO_KEY

            return process_fixed

        free = ProcessorContext[Any, Any](context, forward)
        context.on_init(lambda: processor.init(free))
        context.on_close(getattr(processor, "close", _nothing))

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            process_record(Record(key, value, timestamp, headers))

        return process

    def _fuse_function(self, context: OperatorContext, forward: Process) -> Process:
        function = self.supplier
        if self.fixed_key:
            fixed = FixedKeyProcessorContext[Any, Any](context, forward)

            def process_fixed(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
                fixed.key = key
                results = function(Record(key, value, timestamp, headers), fixed)
                if results is not None:
                    for result in _each(results):
                        if isinstance(result, Record):
                            fixed.forward(result)
                        else:
                            forward(key, result, timestamp, headers)
                fixed.key = fixed._NO_KEY

            return process_fixed

        free = ProcessorContext[Any, Any](context, forward)

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            results = function(Record(key, value, timestamp, headers), free)
            if results is None:
                return
            for result in _each(results):
                if isinstance(result, Record):
                    forward(result.key, result.value, result.timestamp, result.headers)
                else:
                    new_key, new_value = result
                    forward(new_key, new_value, timestamp, headers)

        return process


def _each(results: Any) -> Iterable[Any]:
    return (results,) if isinstance(results, Record) else results


def _takes_record(supplier: Any) -> bool:
    """Whether the supplier is itself the processing function `f(record, context)`."""
    if isinstance(supplier, type):
        return False
    if not callable(supplier):
        raise TopologyError(
            f"{supplier!r} is no processor: give a Processor class, a function that makes a new Processor, "
            "or a function f(record, context)"
        )
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
        return
    first, second = supplier(), supplier()
    if not callable(getattr(first, "process", None)):
        raise TopologyError(f"{supplier!r} gave {first!r}, which is no processor: it has no method process(record)")
    if first is second:
        raise TopologyError(
            f"{supplier!r} gave the same processor twice: every task needs its own, so make a new one at each call"
        )


def _nothing() -> None:
    pass
