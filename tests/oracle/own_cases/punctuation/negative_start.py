from kstream_cli import Processor, PunctuationType, Topology


def build(case):
    class Scheduling(Processor):
        def init(self, context):
            self.context = context

        def process(self, record):
            if record.value == "stop":
                self.context.schedule(20, PunctuationType.STREAM_TIME, lambda now: case.log(f"s {now}"), start_time=-25)
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Scheduling, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
