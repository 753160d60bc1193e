"""`python -m benchmarks.micro`: what a record costs inside the task, workload by workload."""

from __future__ import annotations

from importlib import import_module

from benchmarks import data
from benchmarks.micro.hot_path import HotPath
from benchmarks.workloads.settings import INPUT, TABLE
from kstream_cli import Config, StreamsBuilder

RECORDS = 2_000


def main() -> None:
    texts, lines, orders = (block.records[:RECORDS] for block in (data.texts(), data.lines(), data.orders()))
    words = [(word, word) for _, line in lines[: RECORDS // 10] for word in line.split()]
    for name, subtopology, pairs in (
        ("w1", 0, texts),
        ("w2", 0, lines),
        ("w2", 1, words),
        ("w3", 0, texts),
        ("w5", 0, texts),
        ("w6", 0, texts),
        ("w7", 0, texts),
        ("w8", 0, orders),
    ):
        module = import_module(f"benchmarks.workloads.{name}")
        config = Config.from_mapping(module.config)
        source = getattr(module, "builder", None) or module.topology
        topology = source.build(config) if isinstance(source, StreamsBuilder) else source
        with HotPath(topology, config, subtopology=subtopology) as path:
            if TABLE in path.topics:
                path.add(pairs, TABLE)
                path.process_all()
                path.input = INPUT
            commit_cost = path.commit_cost(pairs)
            nanoseconds = path.nanoseconds(pairs)
            cost = path.cost(pairs[:1000])
        print(
            f"{name} subtopology {subtopology}: {nanoseconds.record:6.0f} ns, {cost.calls:5.1f} calls, "
            f"{cost.instructions:6.1f} instructions a record; at a commit {nanoseconds.row:6.0f} ns, "
            f"{commit_cost.calls:5.1f} calls, {commit_cost.instructions:6.1f} instructions a key"
        )


if __name__ == "__main__":
    main()
