"""Writes the events, at a steady rate, and knows every one that it wrote: the sequential model is made of them."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict

from confluent_kafka import KafkaError, Message, Producer

from benchmarks.faults.pipeline import CUSTOMERS, EVENTS, WINDOW_MS

BASE_TIME = int(time.time() - 3600) * 1000
"""An hour ago, in ms: much older events would be deleted from the windows' changelog while the bench runs."""
EVENT_MS = 5


class Feed:
    """An event's value is `customer,n`: the customer's n-th event, counted from 1."""

    def __init__(self, bootstrap: str, *, events: str, seed: int, rate: int, customers: int) -> None:
        """`events` is the cluster where those are, the customers are at `bootstrap`."""
        self.sent: Counter[str] = Counter()
        self.windows: dict[tuple[str, int], int] = defaultdict(int)
        self.rows = {f"c{number}": f"row of c{number}" for number in range(customers)}
        self._rng = random.Random(seed)
        self._rate = rate
        self._lost: list[str] = []
        self._table = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "log_level": 0})
        self._producer = Producer(
            {
                "bootstrap.servers": events,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                # An idempotent producer of librdkafka's uses a whole core while records have waited longer than this
                # for others of their partition to be acknowledged, as they do while a broker is away.
                "linger.ms": 250,
                # The broker is killed and started again: an event is given up only when it stays away.
                "message.timeout.ms": 300_000,
                "log_level": 0,
            }
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._number = 0

    @property
    def total(self) -> int:
        return self.sent.total()

    def write_table(self) -> None:
        for customer, row in self.rows.items():
            self._table.produce(CUSTOMERS, row, customer, timestamp=BASE_TIME - 1)
        if self._table.flush(60):
            raise RuntimeError("the customers could not be written")

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """One more event of every customer, so that each one's state is used after the last fault; then stop."""
        self._stop.set()
        self._thread.join()
        for customer in self.rows:
            self._send(customer)
        if self._producer.flush(300) or self._lost:
            raise RuntimeError(f"events could not be written: {self._lost[:3]}")

    def _run(self) -> None:
        started = time.monotonic()
        customers = list(self.rows)
        while not self._stop.wait(0.01):
            while self._number < (time.monotonic() - started) * self._rate:
                self._send(self._rng.choice(customers))

    def _send(self, customer: str) -> None:
        timestamp = BASE_TIME + self._number * EVENT_MS
        self._number += 1
        self.sent[customer] += 1
        self.windows[customer, timestamp - timestamp % WINDOW_MS] += 1
        value = f"{customer},{self.sent[customer]}"
        while True:
            try:
                self._producer.produce(
                    EVENTS, value, f"device of {customer}", timestamp=timestamp, on_delivery=self._delivered
                )
                break
            except BufferError:
                self._producer.poll(0.1)
        self._producer.poll(0)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._lost.append(str(error))
