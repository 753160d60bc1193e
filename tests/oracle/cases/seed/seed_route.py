"""Tutorial: Processor API, topic chosen by the kind of the value."""

import re

from kstream_cli import Topology


def build(case):
    def kind_of(value):
        if re.fullmatch(r"-?\d+", value):
            return b"int"
        return b"bool" if value in ("true", "false") else b"text"

    def mark(record, context):
        context.forward(record.with_headers((*record.headers, ("kind", kind_of(record.value)))))

    topology = Topology().add_source("src", "in").add_processor("kind", mark, parents="src")
    topology.add_sink(
        "snk", lambda key, value, context: "kind-" + dict(context.headers)["kind"].decode(), parents="kind"
    )
    return topology
