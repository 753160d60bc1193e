"""Turns the nodes of a subtopology into plain functions, each with what comes after it.

This is where a topology becomes code: operators that write themselves end up in one function, line after line; from and
to the others a record goes by function call. The order is depth first, and nothing is looked up or decided on the way.
What an operator is, fusion does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kstream_cli.errors import ProcessingError
from kstream_cli.processor.code import Code, Names, Step, Written, WrittenOperator
from kstream_cli.processor.operator import Process
from kstream_cli.processor.user_position import user_position
from kstream_cli.processor.wrapper import ProcessorWrapper
from kstream_cli.state.store import StateStore
from kstream_cli.task.node_metrics import NodeMetrics
from kstream_cli.task.node_spans import NodeSpans
from kstream_cli.task.node_watch import NodeWatch
from kstream_cli.task.task_context import NodeContext, TaskContext
from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode
from kstream_cli.user_objects import error_of, of_user_code

LONGEST = 16
"""So many nodes are written into one another at most: Python nests 20 loops and `try`s."""


@dataclass(slots=True)
class FusedNodes:
    """The callables of a task's nodes."""

    sources: dict[str, Written] = field(default_factory=dict)
    """By source node: what happens to the records that the source reads."""
    processes: dict[str, Process] = field(default_factory=dict)
    """By name, those nodes that are called: for finding out which of them raised."""
    contexts: list[NodeContext] = field(default_factory=list)
    """Those of the processors, in topology order."""

    def init(self) -> None:
        """Run what operators asked for on start, in topology order; an error names the processor."""
        for context in self.contexts:
            for callback in context.inits:
                try:
                    callback()
                except of_user_code() as error:
                    position = user_position(error)
                    at = "" if position is None else f" (at {position})"
                    raise ProcessingError(
                        f"processor {context.node!r} of task {context.task} could not be initialised: "
                        f"{error_of(error)}{at}",
                        task=context.task,
                        node=context.node,
                    ) from error

    def close(self) -> list[BaseException]:
        """Run what operators asked for at the end, in topology order; what they raise does not stop the others."""
        errors: list[BaseException] = []
        for context in self.contexts:
            for callback in context.closes:
                try:
                    callback()
                except BaseException as error:
                    errors.append(error)
        return errors


def fuse(
    nodes: Iterable[Node],
    task: TaskContext,
    *,
    stores: Mapping[str, StateStore],
    global_stores: Mapping[str, StateStore],
    sink: Callable[[SinkNode], Step],
    guard: Callable[[str, Process], Process] | None = None,
    wrapper: ProcessorWrapper | None = None,
    metrics: NodeMetrics | None = None,
    spans: NodeSpans | None = None,
    watch: NodeWatch | None = None,
) -> FusedNodes:
    """Fuse nodes, given with parents before their children, from the last to the first."""
    make_context = NodeContext if watch is None else watch.context
    nodes = list(nodes)
    fused = FusedNodes()
    below_stores = _below_stores(nodes)
    children: dict[str, list[tuple[str, Written]]] = {}
    for node in reversed(nodes):
        below = children.pop(node.name, [])[::-1]
        after = in_turn([written for _, written in below])
        if metrics is not None:
            after = Written.call(node.name, metrics.forward(node, after.function()))
        if watch is not None:
            after = Written.call(node.name, watch.forward(node, after.function()))
        match node:
            case SourceNode():
                if spans is not None:
                    after = _in_span(spans, node, after)
                if metrics is not None:
                    after = Written.call(node.name, metrics.process(node, after.function(), is_terminal=False))
                if watch is not None:
                    after = Written.call(node.name, watch.process(node, after.function()))
                fused.sources[node.name] = after
                continue
            case SinkNode():
                written = Written.by(node.name, sink(node))
                if spans is not None:
                    written = _in_span(spans, node, written)
            case ProcessorNode():
                operator = node.operator if wrapper is None else wrapper(node.name, node.operator)
                connected = {name: stores[name] for name in node.stores if name in stores}
                processes: dict[str, Process] = {}
                if not isinstance(operator, WrittenOperator) or operator.calls_children:
                    processes = {name: each.function() for name, each in below}
                context = make_context(task, node.name, processes, connected, global_stores)
                if isinstance(operator, WrittenOperator):
                    written = Written.by(node.name, operator.writer(context, after), nodes=after.nodes + 1)
                else:
                    written = Written.call(node.name, operator.fuse(context, after.function()))
                if connected and _writes(node):
                    noting = _noting_record if node.name in below_stores else _first_noting_record
                    written = Written.by(node.name, noting(written.step, task), nodes=written.nodes + 1)
                fused.contexts.append(context)
                if spans is not None:
                    written = _in_span(spans, node, written)
                if guard is not None:
                    written = Written.call(node.name, guard(node.name, written.function()))
        if metrics is not None:
            written = Written.call(node.name, metrics.process(node, written.function(), is_terminal=not below))
        if watch is not None:
            written = Written.call(node.name, watch.process(node, written.function()))
        if written.nodes > LONGEST or len(node.parents) > 1:
            written = Written.call(node.name, written.function())
        if written.process is not None:
            fused.processes[node.name] = written.process
        for parent in reversed(node.parents):
            children.setdefault(parent, []).append((node.name, written))
    fused.contexts.reverse()
    return fused


def _in_span(spans: NodeSpans, node: Node, written: Written) -> Written:
    process = spans.process(node, written.function())
    return written if process is None else Written.call(node.name, process)


def in_turn(children: Sequence[Written]) -> Written:
    """All children, in order."""
    if len(children) == 1:
        return children[0]

    def write(code: Code, names: Names) -> None:
        for child in children:
            child.step(code, names)

    return Written(write, max((child.nodes for child in children), default=0))


def asks_for_record(nodes: Iterable[Node]) -> bool:
    """Whether a node with stores above it may want to know of the record being processed."""
    nodes = list(nodes)
    below = _below_stores(nodes)
    return any(node.name in below and _asks_for_record(node) for node in nodes)


def _asks_for_record(node: Node) -> bool:
    if isinstance(node, ProcessorNode):
        return getattr(node.operator, "asks_for_record", True)
    return isinstance(node, SinkNode) and node.extractor is not None


def _below_stores(nodes: Iterable[Node]) -> set[str]:
    """The nodes with a node above them that has stores."""
    below: set[str] = set()
    stateful_or_below: set[str] = set()
    for node in nodes:
        if not isinstance(node, SourceNode) and not stateful_or_below.isdisjoint(node.parents):
            below.add(node.name)
            stateful_or_below.add(node.name)
        if isinstance(node, ProcessorNode) and node.stores and _writes(node):
            stateful_or_below.add(node.name)
    return below


def _writes(node: ProcessorNode) -> bool:
    """Whether the node may change its stores, as most do; an operator that only looks rows up says so."""
    return getattr(node.operator, "writes_stores", True)


def _first_noting_record(step: Step, task: TaskContext) -> Step:
    """Keep the task's `timestamp` and `headers` those of the record at a node with stores, for what its stores log."""

    def write(code: Code, names: Names) -> None:
        noted = code.bind("task", task)
        code.line(f"{noted}.timestamp, {noted}.headers = {names.timestamp}, {names.headers}")
        step(code, names)

    return write


def _noting_record(step: Step, task: TaskContext) -> Step:
    """The same below another node with stores: its own come back afterwards, since it may write after it forwarded."""
    first = _first_noting_record(step, task)

    def write(code: Code, names: Names) -> None:
        noted, before = code.bind("task", task), code.fresh("before")
        code.line(f"{before} = {noted}.timestamp, {noted}.headers")
        with code.block("try:"):
            first(code, names)
        with code.block("finally:"):
            code.line(f"{noted}.timestamp, {noted}.headers = {before}")

    return write
