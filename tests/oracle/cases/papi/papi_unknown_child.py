"""Forward to a child that does not exist: the error."""

from kstream_cli import Topology


def build(case):
    def route(record, context):
        context.forward(record, record.value)

    topology = Topology().add_source("src", "in").add_processor("router", route, parents="src")
    topology.add_sink("ok", "out", parents="router")
    return topology
