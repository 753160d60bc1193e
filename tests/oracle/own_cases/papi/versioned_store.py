"""A versioned store used in a Processor: put, get as of a time, delete."""

from kstream_cli import Stores, Topology


def build(case):
    def process(record, context):
        def shown(version):
            return "null" if version is None else f"{version.value}@{version.timestamp}"

        store, now = context.store("s"), record.timestamp
        case.log(f"put {store.put(record.key, record.value, now)}")
        case.log(shown(store.get(record.key)))
        for time in range(max(0, now - 40), now + 20, 10):
            case.log(f"{time}:{shown(store.get(record.key, time))}")
        if now % 5 == 0:
            case.log(f"del {shown(store.delete('a', max(0, now - 3)))}")
        context.forward(record)

    topology = Topology().add_source("src", "in").add_processor("p", process, parents="src")
    topology.add_state_store(Stores.versioned("s", history_retention=80, key=str, value=str), "p")
    topology.add_sink("k", "out", parents="p")
    return topology
