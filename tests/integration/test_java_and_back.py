"""One application that goes from Java to Python and back, with its topics, its group and its state directory."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
from apache_kafka import start_java
from java_twins import count_and_close

from kstream_cli import KafkaStreams
from kstream_cli.runtime.clients.native_clients import native

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(native() is None, reason="without the extension Java cannot read what is committed"),
]


def test_each_language_goes_on_where_the_other_stopped(kafka_cluster, unique, tmp_path, wait_until):
    topics = source, counts, windows = unique("in"), unique("counts"), unique("windows")
    kafka_cluster.create_topics(**dict.fromkeys(topics, 1))
    settings = {
        "application.id": unique("app"),
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path,
        "processing.guarantee": "exactly_once_v2",
        "commit.interval.ms": 100,
        "statestore.cache.max.bytes": 0,
        "__emit.interval.ms.kstreams.windowed.aggregation__": 0,
        "consumer.session.timeout.ms": 3000,
        "consumer.heartbeat.interval.ms": 500,
    }

    @contextmanager
    def python():
        with KafkaStreams(count_and_close(*topics), settings) as streams:
            streams.start()
            yield

    @contextmanager
    def java():
        given = [f"{name}={value}" for name, value in settings.items()]
        process = start_java("CountAndClose.java", *topics, "group.protocol=classic", *given)
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(60)

    def rows(topic):
        return [(key.decode(), int.from_bytes(value, "big")) for key, value in kafka_cluster.read(topic)]

    start = time.time_ns() // 10_000_000 * 10
    for number, language in enumerate([java, python, java], 1):
        # The second record closes the window of the first one, which the language before had opened.
        kafka_cluster.produce(source, [(b"k", str(start + 10 * number).encode())])
        with language():
            wait_until(
                lambda expected=number: kafka_cluster.committed(settings["application.id"], source) == {0: expected},
                seconds=90,
                what=f"the commit of round {number} ({language.__name__})",
            )
    assert rows(counts) == [("k", number) for number in (1, 2, 3)]
    assert rows(windows) == [(f"k@{start + 10 * number}", 1) for number in (1, 2)]
