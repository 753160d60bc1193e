"""A plain confluent-kafka loop for W1, W4, W7 and W8: what hand-written code does; `tuned` with settings to match."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, Producer

from benchmarks.workloads.settings import INPUT, OUTPUT, config

TUNED_CONSUMER = {"fetch.queue.backoff.ms": 5, "queued.min.messages": 500_000}
TUNED_PRODUCER = {"queue.buffering.max.messages": 500_000, "linger.ms": 20}
COMMIT_SECONDS = int(config["commit.interval.ms"]) / 1000


class Order(msgspec.Struct):
    id: int
    customer: str
    product: str
    price: int
    quantity: int
    country: str
    channel: str
    coupon: str | None
    created: int
    gift: bool


class PricedOrder(Order, kw_only=True):
    total: int
    large: bool


def upper(value: bytes) -> bytes | None:
    text = value.decode()
    return None if text.startswith("a") else text.upper().encode()


def rotated(value: bytes) -> bytes | None:
    text = value.decode()
    for _ in range(10):
        text = text[1:] + text[0]
    return text.encode()


decode_order = msgspec.json.Decoder(Order).decode
encode_order = msgspec.json.Encoder().encode


def priced(value: bytes) -> bytes | None:
    order = decode_order(value)
    if order.quantity < 2:
        return None
    total = order.price * order.quantity
    return encode_order(PricedOrder(*msgspec.structs.astuple(order), total=total, large=total > 50_000))


MAPPERS: dict[str, Callable[[bytes], bytes | None]] = {"w1": upper, "w4": upper, "w7": rotated, "w8": priced}


class Loop:
    """Consume a batch, map it, produce; commit when the interval is up."""

    def __init__(self, workload: str, *, tuned: bool) -> None:
        self.mapper = MAPPERS[workload]
        self.exactly_once = config["processing.guarantee"] != "at_least_once"
        self.running = True
        self.consumer = Consumer(
            {
                "bootstrap.servers": config["bootstrap.servers"],
                "group.id": config["application.id"],
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                **(TUNED_CONSUMER if tuned else {}),
            }
        )
        self.producer = Producer(
            {
                "bootstrap.servers": config["bootstrap.servers"],
                "enable.idempotence": True,
                "delivery.report.only.error": True,
                **({"transactional.id": config["application.id"]} if self.exactly_once else {}),
                **(TUNED_PRODUCER if tuned else {}),
            }
        )

    def run(self) -> None:
        self.consumer.subscribe([INPUT])
        if self.exactly_once:
            self.producer.init_transactions()
            self.producer.begin_transaction()
        due = time.monotonic() + COMMIT_SECONDS
        while self.running:
            messages = self.consumer.consume(10_000, 0.1)
            self.process(messages)
            if messages and time.monotonic() >= due:
                self.commit()
                due = time.monotonic() + COMMIT_SECONDS
        self.commit()
        self.consumer.close()

    def process(self, messages: list[Message]) -> None:
        produce, poll, mapper = self.producer.produce, self.producer.poll, self.mapper
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            value = mapper(message.value() or b"")
            if value is not None:
                timestamp = message.timestamp()[1]
                while True:
                    try:
                        produce(OUTPUT, value, message.key(), -1, None, None, timestamp)
                        break
                    except BufferError:
                        poll(0.01)
        poll(0)

    def commit(self) -> None:
        positions = [p for p in self.consumer.position(self.consumer.assignment()) if p.offset >= 0]
        if not positions:
            return
        if self.exactly_once:
            self.producer.send_offsets_to_transaction(positions, self.consumer.consumer_group_metadata())
            self.producer.commit_transaction()
            self.producer.begin_transaction()
        else:
            self.producer.flush()
            self.consumer.commit(offsets=positions, asynchronous=False)

    def stop(self, *_: object) -> None:
        self.running = False


if __name__ == "__main__":
    loop = Loop(sys.argv[1], tuned=os.environ.get("BENCH_TUNED") == "1")
    signal.signal(signal.SIGTERM, loop.stop)
    loop.run()
