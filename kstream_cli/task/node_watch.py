"""What may look at a task's nodes at work, as tests do: decided when the task is made, so that others pay nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kstream_cli.processor.operator import Process
from kstream_cli.state.store import StateStore
from kstream_cli.task.task_context import NodeContext, TaskContext
from kstream_cli.topology.nodes import Node


class NodeWatch(Protocol):
    """Wraps the callables of a task's nodes while they are fused, and makes the contexts that operators are given."""

    def context(
        self,
        task: TaskContext,
        node: str,
        children: Mapping[str, Process],
        stores: Mapping[str, StateStore],
        global_stores: Mapping[str, StateStore],
    ) -> NodeContext:
        """The context of a processor."""

    def process(self, node: Node, process: Process) -> Process:
        """What takes the records of any node."""

    def forward(self, node: Node, forward: Process) -> Process:
        """What gives a source's or processor's records to all nodes after it."""
