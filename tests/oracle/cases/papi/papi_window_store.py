"""A window store used in a Processor: put and fetch."""

from kstream_cli import Stores, Topology


def build(case):
    def process(record, context):
        store = context.store("ws")
        store.put(record.key, record.value, record.timestamp)
        with store.fetch_range(record.key, max(0, record.timestamp - 100), record.timestamp) as rows:
            found = " ".join(f"{start}={value}" for start, value in rows)
        context.forward(record.with_value(found))

    topology = Topology().add_source("src", "in").add_processor("p", process, parents="src")
    topology.add_state_store(Stores.window("ws", retention=1000, window_size=100, key=str, value=str), "p")
    topology.add_sink("snk", "out", parents="p")
    return topology
