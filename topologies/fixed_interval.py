"""Processor API: keep a sum per key in a store, and report the sums at a fixed interval of wall-clock time."""

from kstream_cli import Processor, PunctuationType, Record, Stores, Topology

config = {"application.id": "fixed-interval"}

INTERVAL_MS = 2_000


class Sums(Processor):
    """Adds up the values of each key; forwards every sum each INTERVAL_MS."""

    def init(self, context):
        self.context = context
        self.sums = context.store("sums")
        context.schedule(INTERVAL_MS, PunctuationType.WALL_CLOCK_TIME, self.report)

    def process(self, record):
        self.sums.put(record.key, (self.sums.get(record.key) or 0) + record.value)

    def report(self, now):
        with self.sums.all() as sums:
            for key, total in sums:
                self.context.forward(Record(key, total, now))


topology = (
    Topology()
    .add_source("source", "amounts", key=str, value=int)
    .add_processor("sum", Sums, parents="source")
    .add_state_store(Stores.key_value("sums", key=str, value=int), "sum")
    .add_sink("sink", "sums", parents="sum", key=str, value=int)
)

samples = {"amounts": [("rent", 900), ("food", 12), ("food", 30), ("books", 25), ("food", 8)]}
