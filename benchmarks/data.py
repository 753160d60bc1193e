"""The records that the workloads read: a seeded block of them, written to a topic again and again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeAlias

from confluent_kafka import KafkaError, KafkaException, Producer

BLOCK = 100_000
"""Records that are made before they come again; as many as there are keys, where there are more of those."""
BASE_TIME = int(time.time() - 18 * 3600) // 600 * 600_000
"""Timestamp (ms) of the first record; each next one is a millisecond later, 64 million of them until the future.

Records a day old would soon be deleted from a window's changelog. A multiple of ten minutes: windows begin with it.
"""

Pair: TypeAlias = tuple[bytes, bytes]


class Size(NamedTuple):
    """How many keys (or words) there are, and how long a text is."""

    keys: int = 10_000
    value_bytes: int = 100


USUAL = Size()


class Block(NamedTuple):
    """The records of one topic: `records[i % len(records)]` is the i-th, at BASE_TIME + i ms."""

    records: tuple[Pair, ...]
    size: Size = USUAL

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


@cache
def texts(size: Size, seed: int = 1) -> Block:
    """A quarter of the values begins with 'a', which the filters drop."""
    rng = random.Random(seed)
    length = size.value_bytes - 1
    return _block(size, lambda _: (_key(rng, size), (rng.choice("abcd") + _text(rng, length)).encode()))


@cache
def lines(size: Size, seed: int = 2) -> Block:
    """Lines of ten words of nine letters, out of as many words as there are keys."""
    rng = random.Random(seed)
    words = [_text(rng, 9).replace(" ", "x") for _ in range(size.keys)]
    return _block(size, lambda _: (_key(rng, size), " ".join(rng.choices(words, k=10)).encode()))


@cache
def orders(size: Size, seed: int = 3) -> Block:
    """JSON objects of ten fields."""
    rng = random.Random(seed)
    return _block(size, lambda number: (_key(rng, size), json.dumps(_order(rng, number, size)).encode()))


@cache
def rows(size: Size, seed: int = 4) -> Block:
    """One value of 60 characters for each key."""
    rng = random.Random(seed)
    return Block(tuple((key_of(number), _text(rng, 60).encode()) for number in range(size.keys)), size)


def counts(keys: int) -> Block:
    """The changelog of a count store, key by key: written again, it says the same counts again."""
    return Block(tuple((key_of(number), (number % 1000 + 1).to_bytes(8, "big")) for number in range(keys)))


def key_of(number: int) -> bytes:
    return b"k%07d" % number


def _block(size: Size, record: Callable[[int], Pair]) -> Block:
    return Block(tuple(map(record, range(max(BLOCK, size.keys)))), size)


def _key(rng: random.Random, size: Size) -> bytes:
    return key_of(rng.randrange(size.keys))


def _text(rng: random.Random, length: int) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz ", k=length))


def _order(rng: random.Random, number: int, size: Size) -> dict[str, object]:
    return {
        "id": number,
        "customer": f"c{rng.randrange(size.keys)}",
        "product": rng.choice(("lamp", "desk", "chair", "shelf")),
        "price": rng.randrange(1, 20_000),
        "quantity": rng.randrange(1, 9),
        "country": rng.choice(("DE", "FR", "SE", "NL")),
        "channel": rng.choice(("web", "shop")),
        "coupon": rng.choice((None, "spring")),
        "created": BASE_TIME + number,
        "gift": rng.random() < 0.1,
    }
