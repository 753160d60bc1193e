"""Holds a table's updates back, for a time or until their window closes, and sends on only the latest of each key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kstream_cli.dsl.operators.window_emission import closing
from kstream_cli.dsl.value_getter import Lookup, LookupAsOf, ValueGetter
from kstream_cli.errors import BufferFullError, TopologyError
from kstream_cli.processor.idle_emission import IdleEmission
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.processor.punctuation import NEVER
from kstream_cli.record import Headers
from kstream_cli.serde.windowed import LONG_MAX

if TYPE_CHECKING:
    from kstream_cli.state.kinds.suppress_buffer import SuppressBuffer


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """An update comes out when stream time is `wait_ms` past its own time: the record's, or its window's end.

    `final` is what until_window_closes asks for: the window's end counts, and tombstones do not go out, since nothing
    went out for their key before. A buffer above a limit lets its oldest updates go early, or fails.

    With `emit_on_idle_ms`, updates also come out when no record has come for so long. Windows that went out then have
    closed, for the aggregations of the stores `closes`, too.
    """

    store: str
    wait_ms: int
    final: bool
    record_limit: int | None
    byte_limit: int | None
    emits_early: bool
    emit_on_idle_ms: int | None = None
    closes: tuple[str, ...] = ()

    @property
    def emit_metric(self) -> str:
        """The metric of what comes out."""
        return "suppression-emit"

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        buffer: SuppressBuffer = context.store(self.store)
        put, evict_while = buffer.put, buffer.evict_while
        wait, final = self.wait_ms, self.final
        is_bounded = self.record_limit is not None or self.byte_limit is not None
        stream_time = -1

        def is_due() -> bool:
            return buffer.min_time <= stream_time - wait

        def emit_final(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            if change[0] is not None:
                forward(key, change, timestamp, headers)

        emit = emit_final if final else forward
        enforce_limits = self._limiter(context, buffer, emit)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            nonlocal stream_time
            if timestamp > stream_time:
                stream_time = timestamp
            put(key.end if final else timestamp, key, change)
            evict_while(is_due, emit)
            if is_bounded:
                enforce_limits()

        if self.emit_on_idle_ms is None:
            return process
        closed = -1
        tell_closed = closing(context, self.closes)

        def close(end: int) -> None:
            nonlocal closed, stream_time
            if end > closed:
                closed, stream_time = end, max(stream_time, end + wait)
                tell_closed(end)

        def emit_on_idle(idle_time: int) -> int:
            before, last = buffer.num_records, -1

            def is_due_on_idle() -> bool:
                nonlocal last
                first = buffer.min_time
                if first > idle_time - wait:
                    return False
                last = first
                return True

            try:
                evict_while(is_due_on_idle, emit)
            finally:
                if final and last >= 0:
                    close(last)
            return before - buffer.num_records

        def process_unless_closed(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            if final and key.end <= closed:
                dropped("a record came too late for its window")
            else:
                process(key, change, timestamp, headers)

        def resume(time: int) -> None:
            nonlocal stream_time
            if time >= 0:
                stream_time = time
                if final:
                    close(time - wait)

        dropped = context.dropped
        context.emit_on_idle(
            IdleEmission(
                store=self.store,
                wait_ms=self.emit_on_idle_ms,
                stream_time=lambda: stream_time,
                due=lambda: NEVER if buffer.min_time >= LONG_MAX else buffer.min_time + wait,
                emit=emit_on_idle,
                resume=resume,
            )
        )
        return process_unless_closed if final else process

    def _limiter(self, context: OperatorContext, buffer: SuppressBuffer, emit: Process) -> Any:
        """The function that brings a buffer within its limits, or refuses to go on."""
        records = float("inf") if self.record_limit is None else self.record_limit
        size = float("inf") if self.byte_limit is None else self.byte_limit

        def is_full() -> bool:
            return buffer.num_records > records or buffer.size_bytes > size

        def emit_early() -> None:
            buffer.evict_while(is_full, emit)

        def shut_down() -> None:
            if is_full():
                limits = {
                    "records": (buffer.num_records, self.record_limit),
                    "bytes": (buffer.size_bytes, self.byte_limit),
                }
                held = [f"{has} {what} of {most}" for what, (has, most) in limits.items() if most is not None]
                raise BufferFullError(
                    f"the buffer of {context.node!r} is full: {' and '.join(held)}; allow it more, or let it emit early"
                )

        return emit_early if self.emits_early else shut_down


@dataclass(frozen=True, slots=True)
class SuppressedGetter(ValueGetter):
    """Rows as they are seen from below a suppress: a key that is held back still has the value it had before."""

    parent: ValueGetter
    store: str

    @property
    def stores(self) -> tuple[str, ...]:
        return (self.store, *self.parent.stores)

    def open(self, context: OperatorContext) -> Lookup:
        return self._lookup(context, self.parent.open(context))

    def open_with_headers(self, context: OperatorContext) -> Lookup:
        return self._lookup(context, self.parent.open_with_headers(context))

    def _lookup(self, context: OperatorContext, get: Lookup) -> Lookup:
        prior_value = context.store(self.store).prior_value

        def lookup(key: Any) -> tuple[Any, int] | None:
            is_held, value = prior_value(key)
            if not is_held:
                return get(key)
            # When the earlier value was written is not known any more.
            return None if value is None else (value, -1)

        return lookup

    def open_as_of(self, context: OperatorContext) -> LookupAsOf:
        raise TopologyError("a suppressed table has no history: join with the table before it is suppressed")

    def is_versioned(self, context: OperatorContext) -> bool:
        return False
