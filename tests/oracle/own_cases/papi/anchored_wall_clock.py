from kstream_cli import Processor, PunctuationType, Topology


def build(case):
    class Ticks(Processor):
        def init(self, context):
            self.context = context
            self.schedule("grid", 60, start_time=0)
            self.schedule("future", 100, start_time=250)
            self.schedule("plain", 60)

        def schedule(self, name, interval, **start):
            self.context.schedule(
                interval, PunctuationType.WALL_CLOCK_TIME, lambda now: case.log(f"{name} {now}"), **start
            )

        def process(self, record):
            self.schedule("late", 40, start_time=7)
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Ticks, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
