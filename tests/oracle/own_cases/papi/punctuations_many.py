"""Several schedules of both clocks in two processors: their order."""

from kstream_cli import Processor, PunctuationType, Topology


def build(case):
    class Scheduling(Processor):
        def init(self, context):
            for interval in (50, 30, 50):
                self.schedule(context, interval, PunctuationType.STREAM_TIME, "s")
                self.schedule(context, interval, PunctuationType.WALL_CLOCK_TIME, "w")

        def schedule(self, context, interval, clock, mark):
            context.schedule(interval, clock, lambda timestamp: case.log(f"{mark}{interval} {timestamp}"))

        def process(self, record):
            pass

    class Second(Scheduling):
        def init(self, context):
            context.schedule(30, PunctuationType.STREAM_TIME, lambda timestamp: case.log(f"p2 {timestamp}"))

    topology = Topology().add_source("src", "in")
    topology.add_processor("p", Scheduling, parents="src").add_processor("p2", Second, parents="src")
    return topology
