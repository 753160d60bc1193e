"""Puts a tracer around the nodes, stores and schedules of one task, while the task is made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from kstream_cli.processor.idle_emission import IdleEmission
from kstream_cli.processor.operator import Cancellable, Process, PunctuationType
from kstream_cli.processor.punctuation import Punctuator
from kstream_cli.record import Headers
from kstream_cli.state.store import StateStore
from kstream_cli.task.task_context import NodeContext, TaskContext
from kstream_cli.testing.captured_output import CapturedOutput
from kstream_cli.testing.trace.steps import Did
from kstream_cli.testing.trace.traced_store import TracedStore
from kstream_cli.testing.trace.tracer import Tracer
from kstream_cli.topology.nodes import Node, ProcessorNode, SinkNode, SourceNode
from kstream_cli.topology.topology import Topology


class TaskWatch:
    """What a task's nodes are wrapped in. Made for a task before its stores are opened."""

    def __init__(
        self, tracer: Tracer, task: TaskContext, topology: Topology, output: CapturedOutput, internal: frozenset[str]
    ) -> None:
        self._tracer = tracer
        self._task = task
        self._topology = topology
        filled = [given.processor for given in topology.global_stores.values()]
        self._nodes = {**topology.nodes, **{node.name: node for node in filled}}
        self._output = output
        self._internal = internal
        self._changelogs = {f"{task.config.application_id}-{store}-changelog" for store in topology.stores}
        self._written: dict[str, dict[str, Any]] = {}
        """Store -> the last value of each key, for those that have a cache."""
        self._count_drop = task.dropped
        task.dropped = self._dropped

    def context(
        self,
        task: TaskContext,
        node: str,
        children: Mapping[str, Process],
        stores: Mapping[str, StateStore],
        global_stores: Mapping[str, StateStore],
    ) -> NodeContext:
        """The context of a node: its stores note what is read and written."""
        context = TracedContext(task, node, children, stores, global_stores)
        context.trace(self._tracer, self._topology, self._written)
        return context

    def process(self, node: Node, process: Process) -> Process:
        """Note what a node takes, and why nothing comes of it."""
        match node:
            case SourceNode():
                return self._source(node, process)
            case SinkNode():
                return self._sink(node, process)
            case _:
                return self._processor(node, process)

    def forward(self, node: Node, forward: Process) -> Process:
        """Note what a node gives on."""
        tracer, name = self._tracer, node.name

        def forward_traced(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            with tracer.forwarding(name, key):
                forward(key, value, timestamp, headers)

        return forward_traced

    def _source(self, node: SourceNode, process: Process) -> Process:
        tracer, task = self._tracer, self._task

        def process_traced(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            with tracer.visit(
                task.task, node.name, key, value, timestamp, headers, after=tracer.source_of(task.current)
            ) as visit:
                tracer.note_change(node, visit, value)
                process(key, value, timestamp, headers)

        return process_traced

    def _sink(self, node: SinkNode, process: Process) -> Process:
        tracer, task, output, internal = self._tracer, self._task, self._output, self._internal

        def process_traced(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            before = len(output.records)
            with tracer.visit(task.task, node.name, key, value, timestamp, headers) as visit:
                tracer.note_change(node, visit, value)
                process(key, value, timestamp, headers)
                tracer.sent(node.name, output.records[before:], key, value, internal)

        return process_traced

    def _processor(self, node: ProcessorNode, process: Process) -> Process:
        tracer, task = self._tracer, self._task

        def process_traced(key: Any, value: Any, timestamp: int, headers: Headers) -> None:
            with tracer.visit(task.task, node.name, key, value, timestamp, headers) as visit:
                tracer.note_change(node, visit, value)
                process(key, value, timestamp, headers)
                for ending in () if visit.drops else tuple(tracer.explainer.endings(node, visit)):
                    tracer.ended(visit, ending)

        return process_traced

    def _dropped(self, reason: str) -> None:
        self._count_drop(reason)
        visit = self._tracer.current_visit()
        node = None if visit is None else self._nodes.get(visit.node)
        self._tracer.sent_aside([each for each in self._output.records if each.topic not in self._changelogs])
        facts, error = None, sys.exception()
        if error is not None:
            facts = self._tracer.explainer.facts_of_error(error)
        elif visit is not None and isinstance(node, ProcessorNode):
            facts = self._tracer.explainer.facts_of_drop(node, visit, reason)
        self._tracer.dropped(reason, facts)


class TracedContext(NodeContext):
    """A node's context whose stores and schedules are traced."""

    def trace(self, tracer: Tracer, topology: Topology, written: dict[str, dict[str, Any]]) -> None:
        """Set by who makes it."""
        self._tracer = tracer
        self._written = written
        self._topology = topology

    def store(self, name: str) -> Any:
        given = self._topology.global_stores.get(name)
        builder = self._topology.stores.get(name) if given is None else given.store
        written = self._written.setdefault(name, {})
        return TracedStore(super().store(name), name, builder, self.node, self._tracer, written)

    def emit_on_idle(self, emission: IdleEmission) -> None:
        tracer, node, emit = self._tracer, self.node, emission.emit

        def emit_traced(stream_time: int) -> int:
            step = tracer.step(Did.PUNCTUATED, node=node, timestamp=stream_time, reason="idle stream time")
            with tracer.inside(step):
                return emit(stream_time)

        emission.emit = emit_traced
        super().emit_on_idle(emission)

    def schedule(
        self,
        interval_ms: int,
        punctuation_type: PunctuationType,
        punctuator: Punctuator,
        start_ms: int | None = None,
    ) -> Cancellable:
        tracer, node = self._tracer, self.node

        def punctuate(now: int) -> None:
            with tracer.inside(
                tracer.step(Did.PUNCTUATED, node=node, timestamp=now, reason=punctuation_type.value)
            ) as step:
                step.facts = tracer.explainer.place_of(punctuator)
                punctuator(now)

        return super().schedule(interval_ms, punctuation_type, punctuate, start_ms)
