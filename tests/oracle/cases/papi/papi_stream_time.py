"""Stream-time punctuation every 100 ms: the first record, then intervals; jumps, out-of-order records."""

from kstream_cli import Processor, PunctuationType, Record, Topology


def build(case):
    class Ticking(Processor):
        def init(self, context):
            self.context = context
            context.schedule(100, PunctuationType.STREAM_TIME, self.tick)

        def tick(self, timestamp):
            self.context.forward(Record("tick", str(timestamp), timestamp))

        def process(self, record):
            self.context.forward(record)

    topology = Topology().add_source("src", "in")
    topology.add_processor("p", Ticking, parents="src").add_sink("snk", "out", parents="p")
    return topology
