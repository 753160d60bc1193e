"""Writes records at a fixed rate, with their time of sending: `paced_producer BOOTSTRAP TOPIC RATE SECONDS`."""

from __future__ import annotations

import sys
import time

from confluent_kafka import Producer

from benchmarks.data import USUAL, key_of

TICK_SECONDS = 0.002
FILLER = b"x" * 83


def stamped_value(microseconds: int) -> bytes:
    """100 bytes that no filter drops; `sent_at` reads the time back, also from an upper-case or shortened copy."""
    return b"b%016d" % microseconds + FILLER


def sent_at(value: bytes) -> int:
    return int(value[1:17])


def main(bootstrap: str, topic: str, rate: int, seconds: float) -> None:
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 1,
            "queue.buffering.max.messages": 500_000,
            "partitioner": "murmur2_random",
        }
    )
    keys = [key_of(number) for number in range(USUAL.keys)]
    started = time.time()
    sent, total = 0, int(rate * seconds)
    while sent < total:
        now = time.time()
        due = min(total, int((now - started) * rate))
        value, timestamp = stamped_value(int(now * 1e6)), int(now * 1000)
        for number in range(sent, due):
            producer.produce(topic, value, keys[number * 7919 % USUAL.keys], -1, None, None, timestamp)
        sent = max(sent, due)
        producer.poll(0)
        time.sleep(TICK_SECONDS)
    producer.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
