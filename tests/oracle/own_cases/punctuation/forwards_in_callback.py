from kstream_cli import Processor, PunctuationType, Record, Stores, Topology


def build(case):
    class Scheduling(Processor):
        stores = (Stores.key_value("s", key=str, value=str),)

        def init(self, context):
            self.context = context
            context.schedule(30, PunctuationType.STREAM_TIME, self.tick, start_time=10)
            context.schedule(200, PunctuationType.WALL_CLOCK_TIME, self.sweep, start_time=15)

        def tick(self, now):
            context = self.context
            case.log(f"at {context.stream_time()} {context.now()}")
            context.forward(Record("tick", f"s{now}", now))
            context.forward(Record(None, None, now, (("h", None),)))

        def sweep(self, now):
            store = self.context.store("s")
            with store.all() as rows:
                for key, value in rows:
                    self.context.forward(Record(key, f"w{value}", now))
            store.delete("a")

        def process(self, record):
            if record.key is not None:
                self.context.store("s").put(record.key, record.value)
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Scheduling, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
