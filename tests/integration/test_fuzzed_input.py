"""Random bytes as keys, values and headers, at absurd times, through several stores: each good record counts once."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from kstream_cli import (
    KafkaStreams,
    LogAndContinueExceptionHandler,
    LogAndSkipOnInvalidTimestamp,
    SessionWindows,
    StreamsBuilder,
    TimeWindows,
)

pytestmark = pytest.mark.kafka

RECORDS = 1_500
LAST = 2**63 - 1
TIMES = (-(2**63), -5, -1, 0, 1, 999, 1_700_000_000_000, 253_402_300_800_000, 2**53, 2**62, LAST - 1, LAST)
ANY_TIME = {"message.timestamp.before.max.ms": str(LAST), "message.timestamp.after.max.ms": str(LAST)}
KEPT = {"retention.ms": "-1"}


def random_bytes(chosen):
    kind = chosen.randrange(6)
    if kind == 0:
        return None
    if kind == 1:
        return b""
    if kind == 2:
        return b"%d" % chosen.randrange(20)
    return chosen.randbytes(chosen.choice((1, 4, 8, 8, 8, 200)))


def random_headers(chosen):
    names = ("", "a", "a", "ä", "\U0001f600", "x" * 300)
    return [(chosen.choice(names), random_bytes(chosen)) for _ in range(chosen.randrange(4))]


def as_text(key):
    """Java's strings, and ours, have U+FFFD for what is no UTF-8."""
    return None if key is None else key.decode(errors="replace")


def is_good(value, timestamp):
    """Whether the value has eight bytes, and the time is not before 1970."""
    return (value is None or len(value) == 8) and timestamp >= 0


def test_what_is_good_among_random_records_counts_once_and_the_rest_is_dropped_and_counted(
    kafka_cluster, unique, tmp_path, wait_until
):
    source, sink, empty, application = unique("in"), unique("out"), unique("empty"), unique("app")
    kafka_cluster.create([NewTopic(name, 2, 1, config=KEPT | ANY_TIME) for name in (source, sink, empty)])
    chosen = random.Random(1)
    records = [
        (random_bytes(chosen), random_bytes(chosen), chosen.choice(TIMES), random_headers(chosen))
        for _ in range(RECORDS)
    ]
    producer = Producer({"bootstrap.servers": kafka_cluster.address, "log_level": 0})
    failed = []
    for number, (key, value, timestamp, headers) in enumerate(records):
        producer.produce(
            source, value, key, number % 2, timestamp=timestamp, headers=headers,
            on_delivery=lambda error, _: error and failed.append(error),
        )  # fmt: skip
    assert producer.flush(30) == 0
    assert not failed

    builder = StreamsBuilder()
    stream = builder.stream([source, empty], key=str, value=int)
    stream.to(sink)
    grouped = stream.group_by_key()
    grouped.count(store="counts")
    grouped.windowed_by(TimeWindows.of_size(60_000)).count(store="windows")
    grouped.windowed_by(SessionWindows.of_inactivity_gap(60_000)).count(store="sessions")
    config = {
        "application.id": application,
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path,
        "commit.interval.ms": 100,
        "deserialization.exception.handler": LogAndContinueExceptionHandler,
        "default.timestamp.extractor": LogAndSkipOnInvalidTimestamp,
        **{f"topic.{name}": value for name, value in ANY_TIME.items()},
    }
    with KafkaStreams(builder, config) as streams:
        streams.start()
        wait_until(
            lambda: streams.wait(0) or sum(kafka_cluster.committed(application, source).values()) == RECORDS, what="all"
        )
        counts = Counter()
        for key, (count, _) in streams.store("counts").all():
            counts[key] += count
        dropped = sum(value for name, value in streams.metrics().items() if name.name == "dropped-records-total")
    good = [(as_text(key), value) for key, value, timestamp, _ in records if is_good(value, timestamp)]
    written = [(as_text(key), value) for key, value in kafka_cluster.read(sink)]
    assert sorted(written, key=repr) == sorted(good, key=repr)
    assert counts == Counter(key for key, value in good if key is not None and value is not None)
    assert dropped >= RECORDS - len(good)
