"""Forward to a named child only, to all children, in order."""

from kstream_cli import Topology


def build(case):
    def route(record, context):
        context.forward(record, None if record.value == "all" else record.value)

    def marked(mark):
        return lambda record, context: context.forward(record.with_value(mark + record.value))

    topology = Topology().add_source("src", "in").add_processor("router", route, parents="src")
    topology.add_processor("x", marked("X"), parents="router").add_processor("y", marked("Y"), parents="router")
    topology.add_sink("sx", "out-x", parents="x").add_sink("sy", "out-y", parents=["y", "router"])
    return topology
