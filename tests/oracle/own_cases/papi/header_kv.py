from kstream_cli import Processor, Stores, Topology, ValueTimestampHeaders


def build(case):
    class Keep(Processor):
        def init(self, context):
            self.context, self.store = context, context.store("s")

        def process(self, record):
            before = self.store.get(record.key)
            if before is not None:
                headers = "".join(
                    f"{name}={'-' if value is None else 'x' + value.hex()};" for name, value in before.headers
                )
                case.log(f"{before.value} {before.timestamp} {headers}")
            if record.value is None:
                self.store.delete(record.key)
            else:
                self.store.put(record.key, ValueTimestampHeaders(record.value, record.timestamp, record.headers))
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Keep, parents="src")
    topology.add_state_store(Stores.key_value("s", key=str, value=str, headers=True), "p")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)
