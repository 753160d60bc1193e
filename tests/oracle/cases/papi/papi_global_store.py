"""A global store filled by its own processor, read by another processor."""

from oracle_names import cat

from kstream_cli import Stores, Topology


def build(case):
    def keep(record, context):
        context.store("g").put(record.key, record.value)

    def look_up(record, context):
        context.forward(record.with_value(cat(record.value, "/", context.store("g").get(record.key))))

    topology = Topology().add_global_store(
        Stores.key_value("g", key=str, value=str, persistent=False, logging=False),
        source="gsrc",
        topic="gtopic",
        processor_name="gproc",
        supplier=keep,
        key=str,
        value=str,
    )
    topology.add_source("src", "in").add_processor("p", look_up, parents="src").add_sink("snk", "out", parents="p")
    return topology
