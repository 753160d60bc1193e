"""The workloads in faust-streaming."""

from __future__ import annotations

import sys
from typing import Any

import faust

from benchmarks.rivals.work import keeps, priced, rotated, windowed_key
from benchmarks.workloads.settings import INPUT, OUTPUT, config

app = faust.App(
    config["application.id"],
    broker=f"kafka://{config['bootstrap.servers']}",
    store="memory://",
    datadir=config["state.dir"],
    consumer_auto_offset_reset="earliest",
    processing_guarantee="at_least_once" if config["processing.guarantee"] == "at_least_once" else "exactly_once",
    # It creates topics with a request that Kafka 4 no longer has: the benchmark makes them.
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
)
source = app.topic(INPUT, key_type=str, value_type=str, key_serializer="raw", value_serializer="raw")
orders = app.topic(INPUT, key_type=bytes, value_serializer="json")
output = app.topic(OUTPUT, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
priced_orders = app.topic(OUTPUT, key_type=bytes, key_serializer="raw", value_serializer="json")
words = app.topic(f"{config['application.id']}-words", key_type=str, value_type=str, partitions=1, internal=True)
counts = app.Table("counts", default=int, partitions=1)


async def w1(stream: Any) -> None:
    async for key, value in stream.items():
        if keeps(value):
            await output.send(key=key.encode(), value=value.upper().encode())


async def split(stream: Any) -> None:
    async for value in stream:
        for word in value.split():
            await words.send(key=word, value=word)


async def count(stream: Any) -> None:
    async for word in stream:
        counts[word] += 1
        await output.send(key=word.encode(), value=counts[word].to_bytes(8, "big"))


async def w3(stream: Any) -> None:
    async for event in stream.events():
        key = windowed_key(event.key.encode(), int(event.message.timestamp * 1000))
        name = key.decode("latin-1")
        counts[name] += 1
        await output.send(key=key, value=counts[name].to_bytes(8, "big"))


async def w7(stream: Any) -> None:
    async for key, value in stream.items():
        for _ in range(5):
            if len(value) > 1:
                value = rotated(rotated(value))
        await output.send(key=key.encode(), value=value.encode())


async def w8(stream: Any) -> None:
    async for key, order in stream.items():
        if order["quantity"] >= 2:
            await priced_orders.send(key=key, value=priced(order))


if __name__ == "__main__":
    workload = sys.argv[1]
    if workload == "w2":
        app.agent(source)(split)
        app.agent(words)(count)
    elif workload == "w8":
        app.agent(orders)(w8)
    else:
        app.agent(source)({"w1": w1, "w3": w3, "w4": w1, "w7": w7}[workload])
    sys.argv = ["faust", "worker", "-l", "warn"]
    app.main()
