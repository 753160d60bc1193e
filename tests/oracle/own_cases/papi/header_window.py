from kstream_cli import Processor, Stores, Topology, ValueTimestampHeaders


def build(case):
    class Keep(Processor):
        def init(self, context):
            self.context, self.store = context, context.store("s")

        def process(self, record):
            row = ValueTimestampHeaders(record.value, record.timestamp, record.headers)
            self.store.put(record.key, None if record.value is None else row, record.timestamp // 100 * 100)
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Keep, parents="src")
    store = Stores.window("s", retention=1000, window_size=100, key=str, value=str, headers=True)
    topology.add_state_store(store, "p")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
