"""A punctuation cancels itself after three calls; two schedules in one processor."""

from kstream_cli import Processor, PunctuationType, Record, Topology


def build(case):
    class TwoClocks(Processor):
        def init(self, context):
            self.context = context
            self.calls = 0
            self.first = context.schedule(100, PunctuationType.WALL_CLOCK_TIME, self.three_times)
            context.schedule(250, PunctuationType.WALL_CLOCK_TIME, self.always)

        def three_times(self, timestamp):
            self.context.forward(Record("A", str(timestamp), timestamp))
            self.calls += 1
            if self.calls == 3:
                self.first.cancel()

        def always(self, timestamp):
            self.context.forward(Record("B", str(timestamp), timestamp))

        def process(self, record):
            self.context.forward(record)

    topology = Topology().add_source("src", "in")
    topology.add_processor("p", TwoClocks, parents="src").add_sink("snk", "out", parents="p")
    return topology
