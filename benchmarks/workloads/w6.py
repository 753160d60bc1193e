"""W6: the Processor API with a key-value store, and a punctuator that adds up the store each second."""

from __future__ import annotations

from benchmarks.workloads.settings import INPUT, OUTPUT, config
from kstream_cli import Processor, ProcessorContext, PunctuationType, Record, Stores, Topology

__all__ = ["config", "topology"]


class RunningCount(Processor):
    """Forwards each key's running count, and the total of all counts once a second."""

    def init(self, context: ProcessorContext) -> None:
        self.forward = context.forward
        self.store = context.store("counts")
        context.schedule(1000, PunctuationType.WALL_CLOCK_TIME, self.total)

    def process(self, record: Record) -> None:
        count = (self.store.get(record.key) or 0) + 1
        self.store.put(record.key, count)
        self.forward(record.with_value(count))

    def total(self, timestamp: int) -> None:
        with self.store.all() as rows:
            self.forward(Record("total", sum(count for _, count in rows), timestamp))


topology = (
    Topology()
    .add_source("source", INPUT, key=str, value=str)
    .add_processor("count", RunningCount, parents="source")
    .add_state_store(Stores.key_value("counts", key=str, value=int), "count")
    .add_sink("sink", OUTPUT, parents="count", key=str, value=int)
)
