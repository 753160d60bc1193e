"""Source, processor, sink; timestamp, key and headers changed on forward."""

from kstream_cli import Record, Topology


def build(case):
    def changes(record, context):
        context.forward(record.with_value(record.value + "!"))
        context.forward(Record(record.key + "2", record.value, record.timestamp + 1000))
        context.forward(record.with_timestamp(7).with_headers((("n", b"\x01"),)))

    topology = Topology().add_source("src", "in")
    topology.add_processor("p", changes, parents="src").add_sink("snk", "out", parents="p")
    return topology
