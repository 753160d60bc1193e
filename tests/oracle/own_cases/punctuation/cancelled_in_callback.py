from kstream_cli import Processor, PunctuationType, Topology


def build(case):
    class Scheduling(Processor):
        def init(self, context):
            self.context = context
            self.seen = {"s": 0, "w": 0}
            self.on_stream = context.schedule(20, PunctuationType.STREAM_TIME, self.by_stream, start_time=5)
            self.on_wall = context.schedule(20, PunctuationType.WALL_CLOCK_TIME, self.by_wall, start_time=5)

        def by_stream(self, now):
            case.log(f"s {now}")
            self.seen["s"] += 1
            if self.seen["s"] == 3:
                self.on_stream.cancel()

        def by_wall(self, now):
            case.log(f"w {now}")
            self.seen["w"] += 1
            if self.seen["w"] == 2:
                self.on_wall.cancel()
                again = lambda later: case.log(f"again {later}")  # noqa: E731
                self.context.schedule(50, PunctuationType.WALL_CLOCK_TIME, again, start_time=now + 100)

        def process(self, record):
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Scheduling, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
