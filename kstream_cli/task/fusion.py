"""Turns the nodes of a subtopology into plain callables, each bound to what comes after it.

This is where a topology becomes code: from here on a record goes from node to node by function call, depth first, and
nothing is looked up or decided on its way. What an operator is, fusion does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kstream_cli.errors import ProcessingError
from kstream_cli.processor.operator import Process
from kstream_cli.processor.wrapper import ProcessorWrapper
from kstream_cli.record import Headers
from kstream_cli.state.store import StateStore
from kstream_cli.task.failing_node import user_position
from kstream_cli.task.node_metrics import NodeMetrics
from kstream_cli.task.task_context import NodeContext, TaskContext
from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode


@dataclass(slots=True)
class FusedNodes:
    """The callables of a task's nodes."""

    sources: dict[str, Process] = field(default_factory=dict)
    """By source node: takes the records that the source reads."""
    processes: dict[str, Process] = field(default_factory=dict)
    """By name of processor or sink: for finding out which of them raised."""
    contexts: list[NodeContext] = field(default_factory=list)
    """Those of the processors, in topology order."""

    def init(self) -> None:
        """Run what operators asked for on start, in topology order; an error names the processor."""
        for context in self.contexts:
            for callback in context.inits:
                try:
                    callback()
                except Exception as error:
                    position = user_position(error)
                    at = "" if position is None else f" (at {position})"
                    raise ProcessingError(
                        f"processor {context.node!r} of task {context.task} could not be initialised: "
                        f"{type(error).__name__}: {error}{at}",
                        task=context.task,
                        node=context.node,
                    ) from error

    def close(self) -> list[Exception]:
        """Run what operators asked for at the end, in topology order; what they raise does not stop the others."""
        errors: list[Exception] = []
        for context in self.contexts:
            for callback in context.closes:
                try:
                    callback()
                except Exception as error:
                    errors.append(error)
        return errors


def fuse(
    nodes: Iterable[Node],
    task: TaskContext,
    *,
    stores: Mapping[str, StateStore],
    global_stores: Mapping[str, StateStore],
    sink: Callable[[SinkNode], Process],
    guard: Callable[[str, Process], Process] | None = None,
    wrapper: ProcessorWrapper | None = None,
    metrics: NodeMetrics | None = None,
) -> FusedNodes:
    """Fuse nodes, given with parents before their children, from the last to the first."""
    nodes = list(nodes)
    fused = FusedNodes()
    below_stores = _below_stores(nodes)
    children: dict[str, list[tuple[str, Process]]] = {}
    for node in reversed(nodes):
        below = children.pop(node.name, [])[::-1]
        forward = dispatch([process for _, process in below])
        if metrics is not None:
            forward = metrics.forward(node, forward)
        match node:
            case SourceNode():
                if metrics is not None:
                    forward = metrics.process(node, forward, is_terminal=False)
                fused.sources[node.name] = forward
                continue
            case SinkNode():
                process = sink(node)
            case ProcessorNode():
                connected = {name: stores[name] for name in node.stores if name in stores}
                context = NodeContext(task, node.name, dict(below), connected, global_stores)
                operator = node.operator if wrapper is None else wrapper(node.name, node.operator)
                process = operator.fuse(context, forward)
                if connected and _writes(node):
                    process = (_noting_record if node.name in below_stores else _first_noting_record)(process, task)
                if guard is not None:
                    process = guard(node.name, process)
                fused.contexts.append(context)
        if metrics is not None:
            process = metrics.process(node, process, is_terminal=not below)
        fused.processes[node.name] = process
        for parent in reversed(node.parents):
            children.setdefault(parent, []).append((node.name, process))
    fused.contexts.reverse()
    return fused


def dispatch(children: list[Process]) -> Process:
    """One callable that calls all children in order."""
    if not children:
        return _drop
    if len(children) == 1:
        return children[0]
    if len(children) == 2:
        first, second = children

        def forward_to_both(key: object, value: object, timestamp: int, headers: Headers) -> None:
            first(key, value, timestamp, headers)
            second(key, value, timestamp, headers)

        return forward_to_both
    each = tuple(children)

    def forward_to_each(key: object, value: object, timestamp: int, headers: Headers) -> None:
        for child in each:
            child(key, value, timestamp, headers)

    return forward_to_each


def _drop(key: object, value: object, timestamp: int, headers: Headers) -> None:
    """A node without children ends here."""


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


def _first_noting_record(process: Process, task: TaskContext) -> Process:
    """Keep the task's `timestamp` and `headers` those of the record at a node with stores, for what its stores log."""

    def process_noted(key: object, value: object, timestamp: int, headers: Headers) -> None:
        task.timestamp, task.headers = timestamp, headers
        process(key, value, timestamp, headers)

    return process_noted


def _noting_record(process: Process, task: TaskContext) -> Process:
    """The same below another node with stores: its own come back afterwards, since it may write after it forwarded."""

    def process_noted(key: object, value: object, timestamp: int, headers: Headers) -> None:
        before, headers_before = task.timestamp, task.headers
        task.timestamp, task.headers = timestamp, headers
        try:
            process(key, value, timestamp, headers)
        finally:
            task.timestamp, task.headers = before, headers_before

    return process_noted
