"""Random records and rows through the C extensions, compared with what went in.

Meant for extensions that are built with sanitizers: `make sanitize` runs it as `python -m tests.native.random_records`.
The seed is printed, and `--seed` does the same again.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from confluent_kafka import TopicPartition

from kstream_cli.native.rows import KnownRows, LatestRows
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from tests.native.mock_cluster import mock_cluster

TOPIC, PARTITIONS, BATCH = "t", 3, 200
SIZES = (0, 1, 2, 7, 8, 9, 63, 64, 65, 300, 5_000, 65_535, 65_536, 70_000)
"""Around what a slot of the outbox holds, and what goes to librdkafka directly."""
VALUE_IS_TEXT, KEY_IS_TEXT = 1, 2
UNKNOWN = object()


def some_bytes(chance: random.Random) -> bytes | None:
    if chance.random() < 0.1:
        return None
    size = chance.choice(SIZES) if chance.random() < 0.05 else chance.randrange(30)
    return chance.randbytes(size)


def some_record(chance: random.Random) -> tuple[Any, Any, list[tuple[str, bytes | None]]]:
    names = ("", "h", "é", "name " * 20)
    headers = [(chance.choice(names), some_bytes(chance)) for _ in range(chance.choice((0, 0, 0, 1, 3)))]
    return some_bytes(chance), some_bytes(chance), headers


def text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


class Records:
    """Sends batches of records, and takes them from a native consumer again in each way there is."""

    def __init__(self, servers: str, chance: random.Random) -> None:
        self.chance = chance
        clients: Any = DefaultClientSupplier()
        compression = chance.choice(("none", "gzip", "lz4", "zstd", "snappy"))
        settings = {"bootstrap.servers": servers, "linger.ms": 1, "compression.type": compression}
        self.producer: Any = clients.producer(settings)
        self.senders = [self.producer.sender(TOPIC, self.failed, kind) for kind in (0, VALUE_IS_TEXT, KEY_IS_TEXT, 3)]
        self.consumer: Any = clients.consumer({"bootstrap.servers": servers, "group.id": "g", "fetch.wait.max.ms": 5})
        ends = [TopicPartition(TOPIC, each) for each in range(PARTITIONS)]
        for each in ends:
            each.offset = self.consumer.get_watermark_offsets(each, timeout=10)[1]
        self.consumer.assign(ends)

    def failed(self, error: Any, record: Any) -> None:
        raise AssertionError(f"{error}: {len(record.value() or b'')} bytes")

    def close(self) -> None:
        self.consumer.close()

    def one_batch(self) -> None:
        sent: dict[int, list[Any]] = {each: [] for each in range(PARTITIONS)}
        for _ in range(BATCH):
            self.send(*some_record(self.chance), sent=sent)
        assert self.producer.flush(30) == 0
        waiting, left, deadline = {}, BATCH, time.monotonic() + 60
        while left:
            assert time.monotonic() < deadline, f"{left} records are missing"
            for (_, partition), run in self.consumer.fetch(self.chance.choice((1, 50, 1_000)), 0.1)[0]:
                assert len(run.rows()) == len(run.columns(True)[0])
                waiting.setdefault(partition, run.waiting()).extend(run)
                left -= len(run)
        for partition, records in waiting.items():
            self.take(records, sent[partition])

    def send(
        self, key: Any, value: Any, headers: list[tuple[str, bytes | None]], *, sent: dict[int, list[Any]]
    ) -> None:
        kind, partition = self.chance.randrange(4), self.chance.randrange(PARTITIONS)
        if kind & KEY_IS_TEXT:
            key = text(key)
        if kind & VALUE_IS_TEXT:
            value = text(value)
        elif value is not None and self.chance.random() < 0.2:
            value = bytearray(value)
        try:
            self.senders[kind](value, key, partition, 1, headers)
        except BufferError:  # A slow broker: the queue is full until it has taken some.
            assert self.producer.flush(60) == 0
            self.senders[kind](value, key, partition, 1, headers)
        plain = [each.encode() if isinstance(each, str) else each for each in (key, value)]
        sent[partition].append((*plain, headers))

    def take(self, records: Any, expected: list[Any]) -> None:
        at = 0
        while at < len(expected):
            key, value, headers = expected[at]
            if self.chance.random() < 0.3:
                message = records.popleft()
                if self.chance.random() < 0.5:
                    records.appendleft(message)
                    message = records.popleft()
                assert (message.key(), message.value(), message.headers() or []) == (key, value, headers)
                at += 1
                continue
            kind = self.chance.randrange(4)
            reader = records.read(self.chance.randrange(1, 20), kind)
            for found_key, found_value, _, found_headers in reader:
                key, value, headers = expected[at]
                assert found_key == (text(key) if kind & KEY_IS_TEXT else key)
                assert found_value == (text(value) if kind & VALUE_IS_TEXT else value)
                assert list(found_headers) == headers
                assert reader.message().value() == value
                at += 1
        assert len(records) == 0


def random_rows(chance: random.Random) -> None:
    """The rows of a small database, as both kinds of memory have them."""
    database: dict[bytes, bytes] = {}
    known, latest, put = KnownRows(True), LatestRows(chance.choice((0, 1_000, 10**6))), dict[bytes, bytes | None]()
    known.keep_within(10**7)
    scans: list[Any] = []
    for _ in range(30):
        keys = [chance.randbytes(chance.randrange(1, 4)) for _ in range(chance.randrange(60))]
        values = [some_bytes(chance) for _ in keys]
        known.update(keys, values)
        latest.extend(keys, values)
        put.update(zip(keys, values, strict=True))
        database = {key: value for key, value in (database | put).items() if value is not None}
        for key in keys[:10]:
            assert known.get(key, UNKNOWN) == database.get(key)
        if scan := known.scan(None, None, chance.random() < 0.5):
            scans.append((scan, dict(database)))
    for scan, then in chance.sample(scans, len(scans)):
        found = dict(zip(*scan.take(10**6), strict=True))
        assert found == then
    latest.sort()
    assert dict(zip(*latest.part(0, len(latest)), strict=True)) == put
    known.keep_within(chance.choice((0, 2_000)))
    for key in put:
        assert known.get(key, UNKNOWN) in (UNKNOWN, database.get(key))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    chance, until, batches = random.Random(given.seed), time.monotonic() + given.seconds, 0
    with mock_cluster(TOPIC, PARTITIONS) as servers:
        while time.monotonic() < until:
            records = Records(servers, chance)
            for _ in range(20):
                records.one_batch()
                random_rows(chance)
                batches += 1
            records.close()
    print(f"{batches * BATCH:,} records and {batches} tables of rows came back as they were sent")


if __name__ == "__main__":
    main()
