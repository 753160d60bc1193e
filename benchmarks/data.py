"""The records that the workloads read: a seeded block of them, written to a topic again and again."""

from __future__ import annotations

import json
import random
import time
from typing import NamedTuple, TypeAlias

from confluent_kafka import KafkaError, KafkaException, Producer

KEYS = 10_000
BLOCK = 100_000
BASE_TIME = int(time.time() - 18 * 3600) // 600 * 600_000
"""Timestamp (ms) of the first record; each next one is a millisecond later, 64 million of them until the future.

Records a day old would soon be deleted from a window's changelog. A multiple of ten minutes: windows begin with it.
"""
TABLE_TIME = BASE_TIME - 60_000

Pair: TypeAlias = tuple[bytes, bytes]


class Block(NamedTuple):
    """The records of one topic: `records[i % len(records)]` is the i-th, at BASE_TIME + i ms."""

    records: tuple[Pair, ...]

    def write(self, bootstrap: str, topic: str, count: int, *, first_timestamp: int = BASE_TIME) -> None:
        """Append `count` records to the topic, as fast as librdkafka goes."""
        refused: list[KafkaError] = []
        producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "linger.ms": 50,
                "batch.size": 1_000_000,
                "queue.buffering.max.messages": 500_000,
                "queue.buffering.max.kbytes": 1_000_000,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "delivery.report.only.error": True,
                "on_delivery": lambda error, _: refused.append(error),
                "log_level": 3,
            }
        )
        produce, poll = producer.produce, producer.poll
        timestamp, left = first_timestamp, count
        while left:
            for key, value in self.records[:left]:
                while True:
                    try:
                        produce(topic, value, key, -1, None, None, timestamp)
                        break
                    except BufferError:
                        poll(0.05)
                timestamp += 1
            left -= min(left, len(self.records))
        producer.flush()
        if refused:
            raise KafkaException(refused[0])


def texts(seed: int = 1) -> Block:
    """Values of 100 characters; a quarter of them begins with 'a', which the filters drop."""
    rng = random.Random(seed)
    return Block(tuple((_key(rng), (rng.choice("abcd") + _text(rng, 99)).encode()) for _ in range(BLOCK)))


def lines(seed: int = 2) -> Block:
    """Lines of ten words, out of 10,000 words of nine letters."""
    rng = random.Random(seed)
    words = [_text(rng, 9).replace(" ", "x") for _ in range(KEYS)]
    return Block(tuple((_key(rng), " ".join(rng.choices(words, k=10)).encode()) for _ in range(BLOCK)))


def orders(seed: int = 3) -> Block:
    """JSON objects of ten fields."""
    rng = random.Random(seed)
    return Block(tuple((_key(rng), json.dumps(_order(rng, number)).encode()) for number in range(BLOCK)))


def rows(seed: int = 4) -> Block:
    """One value of 60 characters for each key."""
    rng = random.Random(seed)
    return Block(tuple((key_of(number), _text(rng, 60).encode()) for number in range(KEYS)))


def counts(keys: int) -> Block:
    """The changelog of a count store, key by key: written again, it says the same counts again."""
    return Block(tuple((key_of(number), (number % 1000 + 1).to_bytes(8, "big")) for number in range(keys)))


def key_of(number: int) -> bytes:
    return b"k%07d" % number


def _key(rng: random.Random) -> bytes:
    return key_of(rng.randrange(KEYS))


def _text(rng: random.Random, length: int) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz ", k=length))


def _order(rng: random.Random, number: int) -> dict[str, object]:
    return {
        "id": number,
        "customer": f"c{rng.randrange(KEYS)}",
        "product": rng.choice(("lamp", "desk", "chair", "shelf")),
        "price": rng.randrange(1, 20_000),
        "quantity": rng.randrange(1, 9),
        "country": rng.choice(("DE", "FR", "SE", "NL")),
        "channel": rng.choice(("web", "shop")),
        "coupon": rng.choice((None, "spring")),
        "created": BASE_TIME + number,
        "gift": rng.random() < 0.1,
    }
