from kstream_cli import Processor, PunctuationType, Topology


def build(case):
    class Scheduling(Processor):
        def init(self, context):
            self.context = context
            stream_time, wall_clock = PunctuationType.STREAM_TIME, PunctuationType.WALL_CLOCK_TIME
            context.schedule(50, stream_time, lambda now: case.log(f"plain {now}"))
            context.schedule(50, stream_time, lambda now: case.log(f"anchored {now}"), start_time=25)
            context.schedule(50, wall_clock, lambda now: case.log(f"wall {now}"))
            context.schedule(50, wall_clock, lambda now: case.log(f"anchored wall {now}"), start_time=25)

        def process(self, record):
            context, time = self.context, record.timestamp
            if record.value == "stop":
                late = lambda now: case.log(f"late {time} {now}")  # noqa: E731
                context.schedule(30, PunctuationType.STREAM_TIME, late, start_time=time - 5)
            if record.value == "z":
                soon = lambda now: case.log(f"soon {time} {now}")  # noqa: E731
                start = context.now() + 5
                context.schedule(70, PunctuationType.WALL_CLOCK_TIME, soon, start_time=start)
            context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Scheduling, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
