"""Tutorial: Processor API, aggregated results at a fixed wall-clock interval (punctuate)."""

from datetime import timedelta

from kstream_cli import Processor, PunctuationType, Record, Stores, Topology


def build(case):
    class Sums(Processor):
        def init(self, context):
            self.context = context
            self.sums = context.store("sums")
            context.schedule(timedelta(seconds=10), PunctuationType.WALL_CLOCK_TIME, self.report)

        def report(self, timestamp):
            with self.sums.all() as rows:
                for key, value in rows:
                    self.context.forward(Record(key, value, timestamp))

        def process(self, record):
            self.sums.put(record.key, str(int(self.sums.get(record.key) or 0) + int(record.value)))

    topology = Topology().add_source("src", "in").add_processor("agg", Sums, parents="src")
    topology.add_state_store(Stores.key_value("sums", key=str, value=str), "agg")
    topology.add_sink("snk", "out", parents="agg")
    return topology
