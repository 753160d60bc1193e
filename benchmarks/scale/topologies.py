"""Topologies of more and more nodes: building, describing and drawing them."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.micro.hot_path import InstructionCounter
from benchmarks.scale.step import COUNTED, Step
from kstream_cli import Config, StreamsBuilder, Topology, TopologyTestDriver
from kstream_cli.described.built import described
from kstream_cli.described.saved import json_of
from kstream_cli.render.dot import dot_of, picture_of
from kstream_cli.render.graph import graph_of
from kstream_cli.render.mermaid import mermaid_of
from kstream_cli.render.tree import text_lines, tree_of
from kstream_cli.topology.subtopologies import subtopologies

SIZES = (10, 100, 1_000)
ROUNDS = 5


def chain(nodes: int) -> StreamsBuilder:
    """One subtopology, as long as it has nodes."""
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    for _ in range(nodes - 2):
        stream = stream.map_values(str.upper, value=str)
    stream.to("out")
    return builder


def counts(nodes: int) -> StreamsBuilder:
    """Many subtopologies of ten nodes: each reads a topic, repartitions, counts in a store and writes a topic."""
    builder = StreamsBuilder()
    for number in range(nodes // 10):
        (
            builder.stream(f"in-{number}", key=str, value=str)
            .filter(lambda key, value: value != "")
            .map(lambda key, value: (value, value), key=str, value=str)
            .group_by_key()
            .count(store=f"counts-{number}")
            .to_stream()
            .to(f"out-{number}")
        )
    return builder


def fan(nodes: int) -> StreamsBuilder:
    """One source with many branches, all of which write to one topic."""
    builder = StreamsBuilder()
    stream: Any = builder.stream("in", key=str, value=str)
    for number in range((nodes - 1) // 3):
        stream.filter(lambda key, value, number=number: len(value) > number).map_values(str.upper, value=str).to("out")
    return builder


SHAPES: dict[str, Callable[[int], StreamsBuilder]] = {"chain": chain, "counts": counts, "fan": fan}
FIRST_TOPIC = {"chain": "in", "counts": "in-0", "fan": "in"}


def steps() -> Iterator[Step]:
    for shape in SHAPES:
        for size in SIZES:
            yield from measure(shape, size)


def measure(shape: str, size: int) -> tuple[Step, Step]:
    """What each piece of work costs: in CPU milliseconds, and in thousands of instructions, always the same."""
    topology = SHAPES[shape](size).build()
    view = described(topology, name=shape, application_id="scale")
    graph = graph_of(view)
    works: dict[str, Callable[[], Any]] = {
        "build": lambda: SHAPES[shape](size).build(),
        "subtopologies": lambda: subtopologies(topology),
        "java text": lambda: str(topology.describe()),
        "view": lambda: described(topology, name=shape, application_id="scale"),
        "tree": lambda: list(text_lines(tree_of(view))),
        "json": lambda: json_of(view),
        "graph": lambda: graph_of(view),
        "dot": lambda: dot_of(graph),
        "mermaid": lambda: mermaid_of(graph),
        "svg": lambda: picture_of(graph, "svg"),
        "tasks": lambda: _driven(topology, FIRST_TOPIC[shape]),
    }
    return (
        Step(f"nodes, {shape}, CPU ms", size, {name: _milliseconds(work) for name, work in works.items()}),
        Step(
            f"nodes, {shape}, thousand instructions",
            size,
            {name: _thousands(work) for name, work in works.items()},
            steepest=COUNTED,
        ),
    )


def _driven(topology: Topology, topic: str) -> None:
    """All tasks are made, and one record goes through the first."""
    with TemporaryDirectory() as directory:
        config = Config.from_mapping({"application.id": "scale", "state.dir": directory})
        with TopologyTestDriver(topology, config) as driver:
            driver.input(topic, key=str, value=str).pipe(("a", "b"))


def _milliseconds(work: Callable[[], object]) -> float:
    """The best of some rounds. Without the garbage collector, whose cost depends on what else is in memory."""
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(ROUNDS):
            begun = _cpu_seconds()
            work()
            best = min(best, (_cpu_seconds() - begun) * 1e3)
    finally:
        gc.enable()
    return best


def _cpu_seconds() -> float:
    """This process' own, and those of the drawing programs that it waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _thousands(work: Callable[[], Any]) -> float:
    counter = InstructionCounter()
    counter.count(work)
    return counter.instructions / 1000
