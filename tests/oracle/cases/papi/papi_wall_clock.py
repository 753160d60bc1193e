"""Wall-clock punctuation every 100 ms: one call per advance, its timestamp, and the first call."""

from kstream_cli import Processor, PunctuationType, Record, Topology


def build(case):
    class Ticking(Processor):
        def init(self, context):
            self.context = context
            context.schedule(100, PunctuationType.WALL_CLOCK_TIME, self.tick)

        def tick(self, timestamp):
            case.log(f"punctuate {timestamp}")
            self.context.forward(Record("tick", str(timestamp), timestamp))

        def process(self, record):
            self.context.forward(record)

    topology = Topology().add_source("src", "in")
    topology.add_processor("p", Ticking, parents="src").add_sink("snk", "out", parents="p")
    return topology
