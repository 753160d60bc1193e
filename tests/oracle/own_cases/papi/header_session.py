from kstream_cli import AggregationWithHeaders, Processor, Stores, Topology, Windowed


def build(case):
    class Keep(Processor):
        def init(self, context):
            self.context, self.store = context, context.store("s")

        def process(self, record):
            start = record.timestamp // 100 * 100
            session = Windowed(record.key, start, start + 50)
            if record.value is None:
                self.store.remove(session)
            else:
                self.store.put(session, AggregationWithHeaders(record.value, record.headers))
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Keep, parents="src")
    topology.add_state_store(Stores.session("s", retention=1000, key=str, value=str, headers=True), "p")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
