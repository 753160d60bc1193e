from kstream_cli import Processor, Stores, Topology, ValueTimestampHeaders


def build(case):
    class Keep(Processor):
        def init(self, context):
            self.context, self.store = context, context.store("s")

        def process(self, record):
            before = self.store.get(record.key)
            case.log("none" if before is None else f"{before.value} {before.timestamp}")
            if record.value is None:
                self.store.delete(record.key)
            else:
                self.store.put(record.key, ValueTimestampHeaders(record.value, record.timestamp, record.headers))
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Keep, parents="src")
    topology.add_state_store(Stores.key_value("s", key=str, value=str, headers=True, caching=True), "p")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
