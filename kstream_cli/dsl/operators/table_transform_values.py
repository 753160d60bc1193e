"""Changes a table's values by a transformer that may use state stores, deleted rows included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.operators.forwarding import forward_changes, row_writer
from kstream_cli.dsl.value_getter import Lookup, LookupAsOf, Row, ValueGetter
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.processor.value_transformer import ValueTransformerSupplier, check_supplier, opened_transformer
from kstream_cli.record import Headers
from kstream_cli.state.stored_headers import headers_of, row_with_headers


@dataclass(frozen=True, slots=True)
class TableTransformValues:
    """Transforms the new value and, in a table that is not stored itself, the old one where it is wanted."""

    supplier: ValueTransformerSupplier
    store: str | None = None
    send_old_values: bool = False

    def __post_init__(self) -> None:
        check_supplier(self.supplier)

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        transform = opened_transformer(self.supplier, context).transform
        send_old = self.send_old_values
        if self.store is not None:
            return self._fuse_stored(context, forward, transform)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            new, old, is_latest = change
            result = transform(key, new)
            forward(key, (result, transform(key, old) if send_old else None, is_latest), timestamp, headers)

        return process

    def _fuse_stored(self, context: OperatorContext, forward: Process, transform: Any) -> Process:
        store = context.store(self.store or "")
        send_old = self.send_old_values
        read, write = row_writer(store)
        changed = forward_changes(store, forward, send_old_values=send_old)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            result = transform(key, change[0])
            old = read(key) if send_old else None
            latest = write(key, result, timestamp, headers)
            if latest is not None:
                changed(key, result, old, latest, timestamp, headers)

        return process


@dataclass(frozen=True, slots=True)
class TransformedGetter(ValueGetter):
    """Rows of a transformed table that is not stored: its parent's, through a transformer of their own."""

    parent: ValueGetter
    supplier: ValueTransformerSupplier

    @property
    def stores(self) -> tuple[str, ...]:
        return self.parent.stores

    def open(self, context: OperatorContext) -> Lookup:
        get, transform = self.parent.open(context), self._transform(context)
        return lambda key: transform(key, get(key))

    def open_with_headers(self, context: OperatorContext) -> Lookup:
        get, transform = self.parent.open_with_headers(context), self._transform(context)

        def lookup(key: Any) -> Row | None:
            row = get(key)
            transformed = transform(key, row)
            return None if transformed is None else row_with_headers(transformed[0], transformed[1], headers_of(row))

        return lookup

    def open_as_of(self, context: OperatorContext) -> LookupAsOf:
        get, transform = self.parent.open_as_of(context), self._transform(context)
        return lambda key, as_of: transform(key, get(key, as_of))

    def is_versioned(self, context: OperatorContext) -> bool:
        return self.parent.is_versioned(context)

    def _transform(self, context: OperatorContext) -> Any:
        transformed = opened_transformer(self.supplier, context).transform

        def transform(key: Any, row: Row | None) -> Row | None:
            value, timestamp = (None, -1) if row is None else row
            # Looked up out of turn: the record being processed is not the one this row came from.
            processed, context.current = context.current, None
            try:
                result = transformed(key, value)
            finally:
                context.current = processed
            return None if result is None else (result, timestamp)

        return transform
