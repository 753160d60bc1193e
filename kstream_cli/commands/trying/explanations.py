"""Why an operator gave nothing on, in words and times: what `kstream try --trace` says where a record ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kstream_cli.commands.output.record_text import text_of
from kstream_cli.commands.trying.foreign_keys import unanswered, unasked
from kstream_cli.commands.trying.lateness import late, late_for_sliding_window, late_for_window, place, time_text
from kstream_cli.commands.trying.open_windows import OpenWindows
from kstream_cli.described.functions import given_as
from kstream_cli.dsl.operators.aggregate import Aggregate
from kstream_cli.dsl.operators.filter import Filter, NullKeyFilter
from kstream_cli.dsl.operators.flat_map import FlatMap, FlatMapValues
from kstream_cli.dsl.operators.foreign_key_response import ForeignTableJoin, SubscriptionJoin
from kstream_cli.dsl.operators.foreign_key_subscription import SubscriptionSend
from kstream_cli.dsl.operators.group_table import GroupTable
from kstream_cli.dsl.operators.join_merge import JoinMerge
from kstream_cli.dsl.operators.join_window import JoinWindow
from kstream_cli.dsl.operators.outer_stream_join import OuterStreamJoin
from kstream_cli.dsl.operators.pass_through import Branch, PassThrough
from kstream_cli.dsl.operators.peek import ForEach, Print
from kstream_cli.dsl.operators.session_aggregate import SessionAggregate
from kstream_cli.dsl.operators.sliding_aggregate import SlidingAggregate
from kstream_cli.dsl.operators.stream_global_join import StreamGlobalJoin
from kstream_cli.dsl.operators.stream_stream_join import JoinSide, StreamStreamJoin
from kstream_cli.dsl.operators.stream_table_grace_join import StreamTableGraceJoin
from kstream_cli.dsl.operators.stream_table_join import StreamTableJoin
from kstream_cli.dsl.operators.suppress import Suppress
from kstream_cli.dsl.operators.table_aggregate import TableAggregate
from kstream_cli.dsl.operators.table_filter import TableFilter
from kstream_cli.dsl.operators.table_map_values import TableMapValues
from kstream_cli.dsl.operators.table_table_join import TableTableJoin
from kstream_cli.dsl.operators.table_transform_values import TableTransformValues
from kstream_cli.dsl.operators.to_stream import ToStream
from kstream_cli.dsl.operators.window_aggregate import WindowAggregate
from kstream_cli.dsl.windows import SlidingWindows
from kstream_cli.processor.user_position import user_position
from kstream_cli.render.words import duration
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.builders import TimeOrderedBufferBuilder
from kstream_cli.testing.trace.steps import Did, Ending, Step
from kstream_cli.testing.trace.tracer import Visit
from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode
from kstream_cli.topology.topology import Topology
from kstream_cli.user_objects import error_of

TAKES_CHANGES: tuple[type, ...] = (
    *(ForeignTableJoin, GroupTable, JoinMerge, SubscriptionSend, Suppress, TableAggregate, TableFilter),
    *(TableMapValues, TableTableJoin, TableTransformValues, ToStream),
)
"""Operators of tables: what they take is a change of a row, (new, old, whether it is the latest)."""
AGGREGATES: tuple[type, ...] = (Aggregate, WindowAggregate, SlidingAggregate, SessionAggregate)
"""Operators of streams that give changes of rows."""
NO_ROW = "the table has no row for its key"
"""Why an inner join with a table drops a record."""
LATE = "came too late for"
"""What the reason of each late record says."""


@dataclass(slots=True)
class Explanations:
    """Knows the operators of one topology."""

    topology: Topology
    _parents: dict[str, tuple[str, ...]]
    _with_children: frozenset[str]
    _take_changes: frozenset[str]
    _open_windows: defaultdict[tuple[str, str], OpenWindows] = field(default_factory=lambda: defaultdict(OpenWindows))

    @classmethod
    def of(cls, topology: Topology) -> Explanations:
        parents = {node.name: getattr(node, "parents", ()) for node in topology.nodes.values()}
        with_children = frozenset(name for names in parents.values() for name in names)
        return cls(topology, parents, with_children, frozenset(_taking_changes(topology, parents)))

    def endings(self, node: ProcessorNode, visit: Visit) -> Iterator[Ending]:
        """Why what the node took, or let go after a wait, is not among what it gave on."""
        if isinstance(node.operator, StreamTableGraceJoin):
            yield from _let_go_without_row(node.operator, visit)
        operator: Any = node.operator
        # What comes out by the wall clock is no visit's.
        if getattr(operator, "emit_on_close", False) and operator.emit_on_idle_ms is None:
            yield from self._open_windows[visit.task, node.name].lost(operator, visit)
        if (ending := self.ending(node, visit)) is not None:
            yield ending

    def ending(self, node: ProcessorNode, visit: Visit) -> Ending | None:
        """Why what the node took is not among what it gave on."""
        explain = _ENDINGS.get(type(node.operator))
        if explain is not None:
            return explain(self, node, visit)
        if visit.forwarded or node.name not in self._with_children:
            return None
        if visit.cached_in is not None:
            return _cached(visit.cached_in, visit)
        return Ending(Did.ENDED, "nothing was forwarded")

    def facts_of_drop(self, node: ProcessorNode, visit: Visit, reason: str) -> str | None:
        """How late a record came, and against which window."""
        operator: Any = node.operator
        if LATE in reason:
            windows: Any = operator.windows
            match operator:
                case WindowAggregate():
                    return late_for_window(windows, visit)
                case SlidingAggregate():
                    return late_for_sliding_window(windows, visit, visit.step.timestamp or 0)
                case SessionAggregate():
                    end = max((key.end for key in _sessions_read(visit)), default=visit.step.timestamp or 0)
                    wait = windows.gap_ms + windows.grace_ms
                    return late(visit.stream_time, end + wait, f"its session, which ends at {time_text(end)},")
        if "retention" in reason and visit.writes:
            write = visit.writes[-1]
            retention = self._retention(write.store)
            start = write.key.start if isinstance(write.key, Windowed) else visit.step.timestamp
            kept = "" if retention is None else f"{write.store} keeps {duration(retention)}; "
            return f"{kept}the row is of {time_text(start or 0)}, stream time is {time_text(visit.stream_time)}"
        return None

    def facts_of_error(self, error: BaseException) -> str:
        """What was raised, and the line of the user's code that it came from."""
        position = user_position(error)
        return error_of(error) + ("" if position is None else f" at {place(position.file, position.line)}")

    def place_of(self, function: Callable[..., Any]) -> str | None:
        """The line at which a function of the user's begins."""
        (found, *_) = (*given_as(place, function=function), None)
        return None if found is None or found.position is None else str(found.position)

    def change_of(self, node: Node, value: Any) -> tuple[Any, Any] | None:
        """(new, old) where the node is a table's, and takes changes of rows; old is None where nobody asks for it."""
        if node.name not in self._take_changes or not isinstance(value, tuple):
            return None
        return value[0], value[1]

    def held_in_window(self, node: ProcessorNode, visit: Visit, side: JoinSide) -> Ending:
        """A record of a stream-stream join that has no match so far; the other side finds it if it is not too old."""
        timestamp = visit.step.timestamp or 0
        first, last = max(0, timestamp - side.before_ms), max(0, timestamp + side.after_ms)
        facts = f"{side.other_store} has none from {time_text(first)} to {time_text(last)}"
        own = self._own_store(node)
        retention = self._retention(own)
        if own is not None and retention is not None:
            until = timestamp + retention
            if until < visit.stream_time:
                return Ending(Did.ENDED, "no match", f"{facts}; {own} keeps only {duration(retention)}")
            facts += f"; {own} keeps it for the other side until stream time reaches {time_text(until)}"
        return Ending(Did.HELD, "no match yet", facts)

    def _own_store(self, node: ProcessorNode) -> str | None:
        """Where a join's own side keeps its records."""
        for name in self._parents.get(node.name, ()):
            operator = getattr(self.topology.nodes[name], "operator", None)
            if isinstance(operator, JoinWindow):
                return operator.store
        return None

    def _retention(self, store: str | None) -> int | None:
        builder = self.topology.stores.get(store or "")
        return getattr(builder, "retention_ms", None) or getattr(builder, "history_retention_ms", None)

    def wait_of_buffer(self, store: str) -> int:
        """The grace of a join's buffer in ms."""
        builder = self.topology.stores.get(store)
        return builder.grace_ms if isinstance(builder, TimeOrderedBufferBuilder) else 0


def _taking_changes(topology: Topology, parents: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The nodes that take changes of rows: those of tables, what merges a cogroup's, and a regrouped table's topic."""
    for node in topology.nodes.values():
        operators = [getattr(topology.nodes[parent], "operator", None) for parent in parents[node.name]]
        match node:
            case ProcessorNode(operator=PassThrough()):
                takes = any(isinstance(operator, AGGREGATES) for operator in operators)
            case ProcessorNode():
                takes = isinstance(node.operator, TAKES_CHANGES)
            case SinkNode():
                takes = any(isinstance(operator, GroupTable) for operator in operators)
            case _:
                takes = False
        if takes:
            yield node.name
            if isinstance(getattr(node, "operator", None), TableAggregate):
                yield from (name for name in parents[node.name] if isinstance(topology.nodes[name], SourceNode))


Explain = Callable[[Explanations, ProcessorNode, Visit], "Ending | None"]


def _if_nothing(did: Did, reason: Callable[[Any], str] | str) -> Explain:
    """The reason of an operator that gives each record on, or drops it."""

    def explain(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
        text = reason if isinstance(reason, str) else reason(node.operator)
        return None if visit.forwarded else Ending(did, text)

    return explain


def _table_join(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    if visit.forwarded:
        return None
    return Ending(Did.DROPPED, NO_ROW, _looked_in(visit.reads))


def _looked_in(reads: list[Step]) -> str | None:
    """The stores, with the time as of which a versioned one was asked."""
    places = dict.fromkeys(
        read.store + ("" if read.timestamp is None else f" as of {time_text(read.timestamp)}")
        for read in reads
        if read.store
    )
    return f"looked in {', '.join(places)}" if places else None


def _let_go_without_row(operator: StreamTableGraceJoin, visit: Visit) -> Iterator[Ending]:
    """Drops of records whose wait is over now: an inner join has no row for them."""
    own = visit.step.key, visit.step.timestamp
    for read in visit.reads:
        if read.value is None and not operator.join.left and (read.key, read.timestamp) != own:
            facts = f"{text_of(read.key)} of {time_text(read.timestamp or 0)}, which waited: {_looked_in([read])}"
            yield Ending(Did.DROPPED, NO_ROW, facts)


def _stream_join(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    operator: Any = node.operator
    return None if visit.forwarded else known.held_in_window(node, visit, operator.side)


def _outer_join(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    operator: Any = node.operator
    held, side, timestamp = operator.held, operator.side, visit.step.timestamp or 0
    is_held = any(
        write.store == held.store and write.value is not None and write.key == (timestamp, side.is_left, visit.step.key)
        for write in visit.writes
    )
    if is_held:
        until = timestamp + (held.after_ms if side.is_left else held.before_ms) + held.grace_ms
        return Ending(Did.HELD, "no match yet", f"it goes out unmatched once stream time passes {time_text(until)}")
    return None if visit.forwarded else known.held_in_window(node, visit, side)


def _grace_join(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    operator: Any = node.operator
    grace = known.wait_of_buffer(operator.buffer)
    until = (visit.step.timestamp or 0) + grace
    if visit.stream_time >= until:
        return None if visit.step.key in visit.forwarded else _table_join(known, node, visit)
    return Ending(Did.HELD, "waits for late rows of the table", f"until stream time reaches {time_text(until)}")


def _suppress(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    operator: Any = node.operator
    key = visit.step.key
    if key in visit.forwarded:
        return None
    timestamp = visit.step.timestamp or 0
    if operator.final:
        until = key.end + operator.wait_ms
        if visit.stream_time >= until:
            return Ending(Did.DROPPED, "a deleted row of a closed window is not passed on")
        if visit.step.value is None:
            return Ending(Did.ENDED, "the row of its window was deleted: none goes out when it closes")
        what = f"its window ends at {time_text(key.end)}"
        wait = f", with {duration(operator.wait_ms)} of grace" if operator.wait_ms else ""
        end = f"until stream time reaches {time_text(until)}{_or_idle(operator)}"
        return Ending(Did.HELD, "held by suppress", f"{what}{wait}: {end}")
    first = next((write.timestamp for write in visit.writes if write.timestamp is not None), timestamp)
    until = f"until stream time reaches {time_text(first + operator.wait_ms)}{_or_idle(operator)}"
    return Ending(
        Did.HELD, "held by suppress", f"{until}, as its first update is of {time_text(first)}{_or_full(operator)}"
    )


def _or_full(operator: Any) -> str:
    """That the first to wait goes out earlier where the buffer is full."""
    limits = {"record": operator.record_limit, "byte": operator.byte_limit}
    most = " or ".join(f"{limit} {what}{'s' * (limit != 1)}" for what, limit in limits.items() if limit is not None)
    return f"; the first goes out earlier if more than {most} would wait" if most and operator.emits_early else ""


def _or_idle(operator: Any) -> str:
    """How else it comes out, where it has `emit_on_idle`."""
    ms = operator.emit_on_idle_ms
    return "" if ms is None else f", by the clock where no record comes for {duration(ms)}"


def _aggregate(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    operator: Any = node.operator
    written = [write for write in visit.writes if write.store == operator.store and write.value is not None]
    emits_on_close = getattr(operator, "emit_on_close", False)
    if emits_on_close and (ending := _open_window(operator, written, visit)):
        return ending
    if isinstance(operator, SlidingAggregate) and (ending := _left_window_closed(operator.windows, visit)):
        return ending
    if visit.forwarded or emits_on_close:
        return None
    if isinstance(operator, WindowAggregate) and not operator.windows.same_starts(visit.step.timestamp or 0)[0]:
        starts = getattr(operator.windows, "start_ms", None)
        return Ending(Did.DROPPED, "no window holds its time", starts and f"the window starts at {time_text(starts)}")
    return Ending(Did.ENDED, "no row changed") if visit.cached_in is None else _cached(visit.cached_in, visit)


def _cached(store: str, visit: Visit) -> Ending:
    if all(write.value is None and write.old is None for write in visit.writes if write.store == store):
        return Ending(Did.ENDED, "there was no row to delete: the commit passes nothing on")
    return Ending(Did.CACHED, f"waits in the cache of {store} for the commit")


def _open_window(operator: Any, written: list[Step], visit: Visit) -> Ending | None:
    keys = [write.key for write in written if isinstance(write.key, Windowed) and write.key not in visit.forwarded]
    if not keys:
        return None
    windows, last = operator.windows, keys[-1]
    wait = windows.grace_ms + getattr(windows, "gap_ms", 0)
    end = last.end + wait
    when = "reaches" if isinstance(operator, WindowAggregate) else "passes"
    facts = f"{_window_text(last)} gives its result once stream time {when} {time_text(end)}"
    return Ending(Did.HELD, "its window is open", facts)


def _table_filter(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    if visit.forwarded:
        return None
    if visit.writes:
        return _aggregate(known, node, visit)
    return Ending(Did.DROPPED, "the predicate rejects the row, and gave no earlier one on")


def _table_table_join(known: Explanations, node: ProcessorNode, visit: Visit) -> Ending | None:
    if visit.forwarded:
        return None
    if any(read.value is not None for read in visit.reads):
        return Ending(Did.ENDED, "nothing changed")
    if visit.step.value is None:
        return Ending(Did.ENDED, "its row was deleted, and the other table has none to join")
    return Ending(Did.HELD, "the other table has no row for its key", "a row that it gets later is joined")


_ENDINGS: dict[type, Explain] = {
    Filter: _if_nothing(Did.DROPPED, lambda operator: f"the predicate is {'true' if operator.negate else 'false'}"),
    NullKeyFilter: _if_nothing(Did.DROPPED, "the key is null: a repartition topic needs one"),
    FlatMap: _if_nothing(Did.DROPPED, "the mapper gave no records"),
    FlatMapValues: _if_nothing(Did.DROPPED, "the mapper gave no values"),
    Branch: _if_nothing(Did.DROPPED, "no branch takes it, and there is no default branch"),
    ForEach: lambda known, node, visit: None,
    Print: lambda known, node, visit: None,
    StreamTableJoin: _table_join,
    StreamGlobalJoin: _table_join,
    StreamStreamJoin: _stream_join,
    OuterStreamJoin: _outer_join,
    StreamTableGraceJoin: _grace_join,
    Suppress: _suppress,
    Aggregate: _aggregate,
    WindowAggregate: _aggregate,
    SlidingAggregate: _aggregate,
    SessionAggregate: _aggregate,
    TableFilter: _table_filter,
    TableTableJoin: _table_table_join,
    SubscriptionJoin: lambda known, node, visit: unanswered(visit),
    ForeignTableJoin: lambda known, node, visit: unasked(visit),
    SubscriptionSend: _if_nothing(Did.ENDED, "the row was not there before either"),
}


def _left_window_closed(windows: SlidingWindows, visit: Visit) -> Ending | None:
    """A record that is in time for later windows, but not for the one that ends with it. No drop is counted then."""
    timestamp = visit.step.timestamp or 0
    start = max(0, timestamp - windows.difference_ms)
    if start + windows.difference_ms + windows.grace_ms >= visit.stream_time:
        return None
    return Ending(Did.ENDED, f"it {LATE} some of its windows", late_for_sliding_window(windows, visit, start))


def _sessions_read(visit: Visit) -> list[Any]:
    return [key for read in visit.reads for key, _ in read.value or () if isinstance(key, Windowed)]


def _window_text(key: Windowed[Any]) -> str:
    return f"the window from {time_text(key.start)} to {time_text(key.end)}"
