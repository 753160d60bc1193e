"""What a record costs inside a task: calls and bytecode instructions, which are the same on every machine.

The limits leave about a third above what was counted with Python 3.11, for other versions of Python. The workloads'
lambdas are in line, and count. A change that passes the limits has made the record path dearer: it needs a figure of
`python -m benchmarks` that shows what for.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from benchmarks import data
from benchmarks.data import USUAL
from benchmarks.micro.hot_path import HotPath
from benchmarks.workloads.settings import INPUT, TABLE
from kstream_cli import Config, StreamsBuilder, Topology

RECORDS = 1_000


@pytest.mark.parametrize(
    ("workload", "subtopology", "most_calls", "most_instructions"),
    [
        pytest.param("w1", 0, 1, 150, id="filter and map_values"),
        pytest.param("w2", 0, 1, 520, id="split into ten words, to the repartition topic"),
        pytest.param("w2", 1, 1, 190, id="persistent count"),
        pytest.param("w3", 0, 1, 225, id="persistent windowed count"),
        pytest.param("w5", 0, 1, 180, id="join with a table"),
        pytest.param("w6", 0, 9, 340, id="Processor with a store"),
        pytest.param("w7", 0, 2, 360, id="twenty stateless operators"),
    ],
)
def test_a_record_costs_no_more_than_its_limit(
    workload: str, subtopology: int, most_calls: int, most_instructions: int
) -> None:
    with hot_path(workload, subtopology) as path:
        if TABLE in path.topics:
            path.add(pairs(workload, subtopology), TABLE)
            path.process_all()
            path.input = INPUT
        cost = path.cost(pairs(workload, subtopology))
    assert cost.calls <= most_calls
    assert cost.instructions <= most_instructions


@pytest.mark.parametrize(
    ("workload", "subtopology", "most_calls", "most_instructions"),
    [
        pytest.param("w2", 1, 5, 300, id="persistent count"),
        pytest.param("w3", 0, 14, 600, id="persistent windowed count"),
    ],
)
def test_a_row_costs_no_more_than_its_limit_at_a_commit(
    workload: str, subtopology: int, most_calls: int, most_instructions: int
) -> None:
    with hot_path(workload, subtopology) as path:
        cost = path.commit_cost(pairs(workload, subtopology))
    assert cost.calls <= most_calls
    assert cost.instructions <= most_instructions


def hot_path(workload: str, subtopology: int) -> HotPath:
    module = import_module(f"benchmarks.workloads.{workload}")
    config = Config.from_mapping(module.config)
    source: StreamsBuilder | Topology = getattr(module, "builder", None) or module.topology
    topology = source.build(config) if isinstance(source, StreamsBuilder) else source
    return HotPath(topology, config, subtopology=subtopology)


def pairs(workload: str, subtopology: int) -> list[tuple[bytes, bytes]]:
    records = data.lines(USUAL).records if workload == "w2" else data.texts(USUAL).records
    if subtopology == 0:
        return list(records[:RECORDS])
    return [(word, word) for _, line in records[: RECORDS // 10] for word in line.split()]
