"""The main job on real brokers: counts are exact, whatever the number of threads and processes."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from worker import word_count

from kstream_cli import KafkaStreams, State
from kstream_cli.runtime.clients.native_clients import native

FAST = {
    "commit.interval.ms": "200",
    "consumer.session.timeout.ms": "6000",
    "consumer.heartbeat.interval.ms": "300",
}


@pytest.fixture
def lines():
    chosen = random.Random(7)
    return [" ".join(chosen.choices([f"word{number}" for number in range(50)], k=8)) for _ in range(1500)]


def counts(cluster, topic):
    """The last count of each word."""
    return {key.decode(): int.from_bytes(value, "big") for key, value in cluster.read(topic)}


def words(lines):
    return dict(Counter(word for line in lines for word in line.split()))


def configured(address, application_id, state_dir, **settings):
    given = {"application.id": application_id, "bootstrap.servers": address, "state.dir": str(state_dir), **FAST}
    return given | {name.replace("_", "."): str(value) for name, value in settings.items()}


@pytest.fixture(params=["native", "plain"])
def clients(request, monkeypatch):
    """Both ways for records in and out: the extension's, and confluent-kafka's own where there is none."""
    if request.param == "plain":
        monkeypatch.setenv("KSTREAM_NATIVE", "0")
    native.cache_clear()
    yield
    native.cache_clear()


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_three_threads_count_exactly(cluster, unique, tmp_path, lines, wait_until, guarantee):
    source, sink = unique("lines"), unique("counts")
    cluster.create_topics(**{source: 3, sink: 3})
    cluster.produce(source, [(str(number).encode(), line.encode()) for number, line in enumerate(lines)])
    config = configured(cluster.address, unique("app"), tmp_path, num_stream_threads=3, processing_guarantee=guarantee)
    with KafkaStreams(word_count(source, sink), config) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="the application running")
        wait_until(lambda: [len(thread.tasks) for thread in streams.progress()] == [2, 2, 2], what="two tasks a thread")
        wait_until(lambda: counts(cluster, sink) == words(lines), what="exact counts")
    assert streams.state is State.NOT_RUNNING


def test_a_second_instance_takes_over_half_the_tasks_with_their_state(cluster, unique, tmp_path, lines, wait_until):
    source, sink, application = unique("lines"), unique("counts"), unique("app")
    cluster.create_topics(**{source: 4, sink: 2})
    half = len(lines) // 2
    records = [(str(number).encode(), line.encode()) for number, line in enumerate(lines)]
    cluster.produce(source, records[:half])
    topology = word_count(source, sink)
    with (
        KafkaStreams(topology, configured(cluster.address, application, tmp_path / "one")) as one,
        KafkaStreams(topology, configured(cluster.address, application, tmp_path / "two")) as two,
    ):
        one.start()
        wait_until(lambda: counts(cluster, sink) == words(lines[:half]), what="the first half counted")
        two.start()
        wait_until(lambda: [len(each.progress()[0].tasks) for each in (one, two)] == [4, 4], what="tasks shared out")
        wait_until(lambda: one.state is two.state is State.RUNNING, what="both running")
        cluster.produce(source, records[half:])
        wait_until(lambda: counts(cluster, sink) == words(lines), what="exact counts")


def test_a_clean_stop_leaves_the_group_at_once(cluster, unique, tmp_path, lines, wait_until):
    source, sink, application = unique("lines"), unique("counts"), unique("app")
    cluster.create_topics(**{source: 2, sink: 1})
    cluster.produce(source, [(b"k", line.encode()) for line in lines[:10]])
    with KafkaStreams(word_count(source, sink), configured(cluster.address, application, tmp_path)) as streams:
        streams.start()
        wait_until(lambda: counts(cluster, sink) == words(lines[:10]), what="counts")
    wait_until(lambda: cluster.members(application) == 0, seconds=15, what="an empty group")
    assert sum(offset for offset in cluster.committed(application, source).values() if offset > 0) == 10
