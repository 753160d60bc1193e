"""Nodes become callables bound to their children."""

from types import SimpleNamespace

from kstream_cli import Config
from kstream_cli.processor.code import calling
from kstream_cli.task.fusion import fuse
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import ProcessorNode, SinkNode, SourceNode


class Mark:
    """Appends its name to the value."""

    def __init__(self, name, events=None):
        self.name = name
        self.events = events if events is not None else []

    def fuse(self, context, forward):
        context.on_init(lambda: self.events.append(f"init {self.name}"))
        context.on_close(lambda: self.events.append(f"close {self.name}"))
        return lambda key, value, timestamp, headers: forward(key, value + self.name, timestamp, headers)


def fused(nodes, tmp_path, **options):
    """The nodes' source, and what their sinks got as (sink, value)."""
    task = TaskContext(
        config=Config.from_mapping({"application.id": "app"}),
        task="0_0",
        directory=tmp_path,
        clock=lambda: 0,
        changelogs={},
    )
    got = []

    def sink(node):
        return calling(lambda key, value, timestamp, headers: got.append((node.name, value)))

    made = fuse(nodes, task, global_stores={}, sink=sink, **{"stores": {}, **options})
    return made, got, task


def test_children_are_called_depth_first_in_the_order_they_were_added(tmp_path):
    nodes = [
        SourceNode("src", ("in",)),
        ProcessorNode("a", Mark("a"), ("src",)),
        ProcessorNode("b", Mark("b"), ("src",)),
        SinkNode("out-a", ("a",), topic="out"),
        SinkNode("out-b", ("b",), topic="out"),
        SinkNode("out", ("src",), topic="out"),
    ]
    made, got, _ = fused(nodes, tmp_path)
    made.sources["src"].function()("k", "", 0, ())
    assert got == [("out-a", "a"), ("out-b", "b"), ("out", "")]


def test_a_node_that_names_a_parent_twice_gets_each_record_twice(tmp_path):
    nodes = [SourceNode("src", ("in",)), SinkNode("out", ("src", "src"), topic="out")]
    made, got, _ = fused(nodes, tmp_path)
    made.sources["src"].function()("k", "v", 0, ())
    assert got == [("out", "v"), ("out", "v")]


def test_processors_are_initialised_and_closed_in_topology_order(tmp_path):
    events = []
    nodes = [
        SourceNode("src", ("in",)),
        ProcessorNode("a", Mark("a", events), ("src",)),
        ProcessorNode("b", Mark("b", events), ("a",)),
    ]
    made, _, _ = fused(nodes, tmp_path)
    made.init()
    made.close()
    assert events == ["init a", "init b", "close a", "close b"]


def test_a_wrapper_takes_the_place_of_every_operator(tmp_path):
    nodes = [
        SourceNode("src", ("in",)),
        ProcessorNode("a", Mark("a"), ("src",)),
        SinkNode("out", ("a",), topic="out"),
    ]
    made, got, _ = fused(nodes, tmp_path, wrapper=lambda name, operator: Mark(f"<{name}>"))
    made.sources["src"].function()("k", "", 0, ())
    assert got == [("out", "<a>")]


def test_stores_see_the_time_of_the_record_at_their_own_node(tmp_path):
    times = []

    class Later:
        def fuse(self, context, forward):
            task = context._task

            def process(key, value, timestamp, headers):
                times.append(("before", task.timestamp))
                forward(key, value, timestamp + 100, headers)
                times.append(("after", task.timestamp))

            return process

    nodes = [
        SourceNode("src", ("in",)),
        ProcessorNode("a", Later(), ("src",), stores=("s",)),
        ProcessorNode("b", Later(), ("a",), stores=("s",)),
    ]
    made, _, _ = fused(nodes, tmp_path, stores={"s": SimpleNamespace(name="s")})
    made.sources["src"].function()("k", "v", 5, ())
    assert times == [("before", 5), ("before", 105), ("after", 105), ("after", 5)]
