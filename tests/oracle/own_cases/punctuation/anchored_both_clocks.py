from kstream_cli import Processor, PunctuationType, Topology


def build(case):
    class Scheduling(Processor):
        def init(self, context):
            self.context = context
            for start in (0, 7, 30, 250, 1000):
                self.log("s", start, 40, PunctuationType.STREAM_TIME)
                self.log("w", start, 60, PunctuationType.WALL_CLOCK_TIME)

        def log(self, name, start, interval, clock):
            self.context.schedule(interval, clock, lambda now: case.log(f"{name}{start} {now}"), start_time=start)

        def process(self, record):
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Scheduling, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
