from kstream_cli import Processor, PunctuationType, Record, Topology


def build(case):
    class Ticks(Processor):
        def init(self, context):
            self.context = context
            context.schedule(100, PunctuationType.STREAM_TIME, self.tick, start_time=30)
            context.schedule(100, PunctuationType.STREAM_TIME, lambda now: case.log(f"plain {now}"))

        def tick(self, now):
            case.log(f"anchored {now}")
            self.context.forward(Record("tick", f"t{now}", now))

        def process(self, record):
            if record.value == "again":
                late = lambda now: case.log(f"late {now}")  # noqa: E731
                self.context.schedule(50, PunctuationType.STREAM_TIME, late, start_time=10)
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Ticks, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
