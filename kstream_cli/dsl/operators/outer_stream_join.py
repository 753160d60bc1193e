"""Left and outer joins of two streams: a record that found no match is held until its window has closed.

Both sides share one store of held records and one clock, since the time of either side closes windows of both.
Nothing is emitted by the wall clock alone: closed windows are looked for while a record that is not out of order is
processed, at most once per emit interval, since it costs a scan of the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kstream_cli.dsl.operators.carried_rows import HeldRows, of_rows, row_joiner, to_values
from kstream_cli.dsl.operators.forwarding import carries_headers
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.dsl.operators.stream_stream_join import NULL_KEY_OR_VALUE, JoinSide
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.serde.join_side import JoinSideKey

_NONE_HELD = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecords:
    """Where both sides hold unmatched records, and when those are past matching.

    A left record at t can match until t + after_ms, a right one until t + before_ms, either with grace_ms on top.
    The store has lists of SideValues by JoinSideKey (on the record path bare tuples stand for both), so that the
    records of one key and time are held together.
    """

    store: str
    before_ms: int
    after_ms: int
    grace_ms: int


@dataclass(slots=True)
class _JoinClock:
    """The times that both sides of one task's join share."""

    stream_time: int = -1
    """Largest timestamp of either side, of dropped records too."""
    min_time: int = _NONE_HELD
    """No record that is older than this is held."""
    next_emit: int = 0
    """Wall-clock time before which held records are not looked through."""


@dataclass(frozen=True, slots=True)
class OuterStreamJoin:
    """One side of a left or outer join; `keeps_unmatched` tells whether this side's records go out unmatched too."""

    side: JoinSide
    joiner: Joiner
    held: HeldRecords
    keeps_unmatched: bool
    headers: ResultHeaders | None = None

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The stores that are to keep headers for its rule."""
        return self.side.other_store, self.held.store

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        if self.headers is not None:
            joiner = row_joiner(self.joiner, self.headers, is_left=self.side.is_left)
            return of_rows(replace(self, joiner=joiner, headers=None).fuse(context, to_values(forward)))
        side, keeps_unmatched = self.side, self.keeps_unmatched
        fetch = context.store(side.other_store).fetch_range
        held = context.store(self.held.store)
        held = HeldRows(held) if carries_headers(held) else held
        get_held, put_held = held.get, held.put
        before, after, is_left, other_is_left = side.before_ms, side.after_ms, side.is_left, not side.is_left
        clock = context.shared.setdefault(self.held.store, _JoinClock())
        join, dropped = side.joiner(self.joiner), context.dropped
        emit_closed = self._emitter(context, held, clock, forward)

        def process(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            if timestamp > clock.stream_time:
                clock.stream_time = timestamp
            if key is None or value is None:
                if keeps_unmatched and value is not None:
                    forward(key, join(key, value, None), timestamp, headers)
                else:
                    dropped(NULL_KEY_OR_VALUE)
                return
            if timestamp == clock.stream_time:
                emit_closed(headers)
            last_match = max(0, timestamp + after)
            is_matched = False
            with fetch(key, max(0, timestamp - before), last_match) as matches:
                for other_time, other in matches:
                    is_matched = True
                    other_key = (other_time, other_is_left, key)
                    if get_held(other_key) is not None:
                        put_held(other_key, None)
                    forward(key, join(key, value, other), max(timestamp, other_time), headers)
            if is_matched or not keeps_unmatched:
                return
            if last_match < clock.stream_time:
                # Too late to wait for a match: the other side's time counts as well, and has passed this window.
                forward(key, join(key, value, None), timestamp, headers)
                return
            clock.min_time = min(clock.min_time, timestamp)
            this_key = (timestamp, is_left, key)
            put_held(this_key, [*(get_held(this_key) or ()), (is_left, value)])

        return process

    def _emitter(
        self, context: OperatorContext, held: Any, clock: _JoinClock, forward: Process
    ) -> Callable[[Headers], None]:
        """The function that sends held records on once their window has closed, with the headers it is given."""
        join, now, interval = self.joiner.keyed(), context.now, context.config.outer_join_emit_interval_ms
        left_wait, right_wait = self.held.after_ms + self.held.grace_ms, self.held.before_ms + self.held.grace_ms
        this_wait = left_wait if self.side.is_left else right_wait
        put_held, all_held = held.put, held.all

        def emit_closed(headers: Headers) -> None:
            if clock.min_time == _NONE_HELD:
                # Java's sum overflows here, so that it looks through the store all the same, and counts the emit
                # interval from then. Needed after a restart: the store was restored, the clock was not.
                if this_wait <= 0:
                    return
            elif clock.min_time + this_wait >= clock.stream_time:
                return
            if now() < clock.next_emit:
                return
            clock.next_emit = now() + interval
            clock.min_time = _NONE_HELD
            emitted: list[JoinSideKey] = []
            try:
                with all_held() as rows:
                    emit_rows(rows, emitted, headers)
            finally:
                # Only what has gone out is let go, whatever a joiner or the nodes below may raise.
                for side_key in emitted:
                    put_held(side_key, None)

        def emit_rows(rows: Any, emitted: list[JoinSideKey], headers: Headers) -> None:
            left_is_open = right_is_open = False
            for side_key, values in rows:
                timestamp, is_left, key = side_key
                # The time of the last row looked at, as in Java: some results come out later than they could.
                clock.min_time = timestamp
                if left_is_open and right_is_open:
                    break
                if timestamp + (left_wait if is_left else right_wait) >= clock.stream_time:
                    left_is_open, right_is_open = left_is_open or is_left, right_is_open or not is_left
                    if left_is_open and right_is_open and len(values) > 1:
                        break  # To Java each value is a row: it looks at the second one last.
                    continue
                for _, value in values:
                    joined = join(key, value, None) if is_left else join(key, None, value)
                    forward(key, joined, timestamp, headers)
                emitted.append(side_key)

        return emit_closed
