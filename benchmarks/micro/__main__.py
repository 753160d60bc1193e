"""`python -m benchmarks.micro`: what a record costs inside the task, workload by workload."""

from __future__ import annotations

import random
from importlib import import_module

from benchmarks import data
from benchmarks.data import USUAL
from benchmarks.micro.hot_path import HotPath
from benchmarks.workloads.settings import INPUT, TABLE
from kstream_cli import Config, StreamsBuilder

RECORDS = 2_000
KEYS = 10_000
"""So many that their rows are in no cache of the processor's any more when they are put again, or flushed."""


def main() -> None:
    texts, lines, orders = (block(USUAL).records[:RECORDS] for block in (data.texts, data.lines, data.orders))
    words = [(word, word) for _, line in lines[: RECORDS // 10] for word in line.split()]
    keys = [b"key-%d" % number for number in range(KEYS)]
    many = [(key, key) for key in random.Random(1).choices(keys, k=2 * KEYS)]
    for name, subtopology, pairs in (
        ("w1", 0, texts),
        ("w2", 0, lines),
        ("w2", 1, words),
        ("w2", 1, many),
        ("w3", 0, texts),
        ("w3", 0, many),
        ("w5", 0, texts),
        ("w5", 0, many),
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
        distinct = len({key for key, _ in pairs})
        print(
            f"{name} subtopology {subtopology}, {distinct} keys: {nanoseconds.record:.0f} ns, {cost.calls:.1f} calls, "
            f"{cost.instructions:.1f} instructions a record; at a commit {nanoseconds.row:.0f} ns, "
            f"{commit_cost.calls:.1f} calls, {commit_cost.instructions:.1f} instructions a key"
        )


if __name__ == "__main__":
    main()
