"""A session store and a timestamped store used in one Processor; putIfAbsent, delete, range."""

from kstream_cli import Stores, Topology, Windowed


def build(case):
    def process(record, context):
        rows, sessions = context.store("ts"), context.store("ss")
        old = rows.put_if_absent(record.key, (record.value, record.timestamp))
        if record.value == "del":
            rows.delete(record.key)
        sessions.put(Windowed(record.key, record.timestamp, record.timestamp + 5), record.value)
        context.forward(record.with_value("old=null" if old is None else f"old={old[0]}@{old[1]}"))

    topology = Topology().add_source("src", "in").add_processor("p", process, parents="src")
    topology.add_state_store(Stores.key_value("ts", key=str, value=str, timestamped=True), "p")
    topology.add_state_store(Stores.session("ss", retention=1000, key=str, value=str, persistent=False), "p")
    topology.add_sink("snk", "out", parents="p")
    return topology
