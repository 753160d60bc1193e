"""Processor API: look at each value, and let its kind choose the topic that the record goes to."""

from kstream_cli import Topology

config = {"application.id": "route-by-kind"}


def kind_of(text):
    if text in ("true", "false"):
        return "bool"
    return "int" if text.lstrip("-").isdigit() else "text"


def tag(record, context):
    """Note the value's kind in a header and pass the record on."""
    kind = ("kind", kind_of(record.value).encode())
    context.forward(record.with_headers([*record.headers, kind]))


def topic_of(key, value, context):
    return "kind-" + dict(context.headers)["kind"].decode()


topology = (
    Topology()
    .add_source("source", "values", key=str, value=str)
    .add_processor("tag", tag, parents="source")
    .add_sink("sink", topic_of, parents="tag", key=str, value=str)
)

samples = {"values": [("1", "42"), ("2", "true"), ("3", "hello"), ("4", "-7")]}
