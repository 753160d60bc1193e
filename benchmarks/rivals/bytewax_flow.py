"""The workloads in Bytewax, which keeps its state in memory."""

from __future__ import annotations

import json
import sys
from typing import TypeAlias

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kafka
from bytewax.dataflow import Dataflow, Stream
from bytewax.testing import cluster_main

from benchmarks.rivals.work import keeps, priced, rotated, windowed_key
from benchmarks.workloads.settings import INPUT, OUTPUT, config

BROKERS = [config["bootstrap.servers"]]
Texts: TypeAlias = Stream[tuple[bytes, str, int]]


def texts(flow: Dataflow) -> Texts:
    source = kafka.input("source", flow, brokers=BROKERS, topics=[INPUT], batch_size=10_000)

    def decoded(message: KafkaSourceMessage) -> tuple[bytes, str, int]:
        return message.key, message.value.decode(), message.timestamp[1]

    return op.map("decode", source.oks, decoded)


def send(stream: Texts) -> None:
    messages = op.map("encode", stream, lambda row: KafkaSinkMessage(row[0], row[1].encode(), timestamp=row[2]))
    kafka.output("sink", messages, brokers=BROKERS, topic=OUTPUT)


def w1(flow: Dataflow) -> None:
    kept = op.filter("filter", texts(flow), lambda row: keeps(row[1]))
    send(op.map("upper", kept, lambda row: (row[0], row[1].upper(), row[2])))


def w3(flow: Dataflow) -> None:
    keyed = op.map("key", texts(flow), lambda row: (windowed_key(row[0], row[2]).decode("latin-1"), row[2]))
    counts = op.stateful_map("count", keyed, lambda count, _: ((count or 0) + 1, (count or 0) + 1))
    messages = op.map(
        "encode", counts, lambda pair: KafkaSinkMessage(pair[0].encode("latin-1"), pair[1].to_bytes(8, "big"))
    )
    kafka.output("sink", messages, brokers=BROKERS, topic=OUTPUT)


def w7(flow: Dataflow) -> None:
    stream = texts(flow)
    for number in range(5):
        stream = op.filter(f"long-{number}", stream, lambda row: len(row[1]) > 1)
        stream = op.map(f"rotate-{number}", stream, lambda row: (row[0], rotated(row[1]), row[2]))
        stream = op.map(f"rotate-again-{number}", stream, lambda row: (row[0], rotated(row[1]), row[2]))
        stream = op.filter(f"full-{number}", stream, lambda row: row[1] != "")
    send(stream)


def w8(flow: Dataflow) -> None:
    orders = op.map("parse", texts(flow), lambda row: (row[0], json.loads(row[1]), row[2]))
    kept = op.filter("filter", orders, lambda row: row[1]["quantity"] >= 2)
    send(op.map("price", kept, lambda row: (row[0], json.dumps(priced(row[1])), row[2])))


if __name__ == "__main__":
    flow = Dataflow("bench")
    {"w1": w1, "w3": w3, "w7": w7, "w8": w8}[sys.argv[1]](flow)
    cluster_main(flow, [], 0)
