"""Input that nobody would have thought of, on real brokers: never a hang, never a record lost without a word."""

from __future__ import annotations

import random

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic
from worker import word_count

from kstream_cli import KafkaStreams, LogAndContinueExceptionHandler, Response, StreamsBuilder
from kstream_cli.errors import ProducerError, StreamsError

MEGABYTE = 1_000_000


@pytest.fixture
def names(unique):
    return unique("in"), unique("out"), unique("app")


@pytest.fixture
def settings(names, tmp_path):
    return {
        "application.id": names[2],
        "state.dir": str(tmp_path),
        "commit.interval.ms": 100,
        "consumer.session.timeout.ms": 6000,
        "consumer.heartbeat.interval.ms": 300,
    }


def copying(source, sink, change=lambda value: value):
    builder = StreamsBuilder()
    builder.stream(source, key=bytes, value=bytes).map_values(change, value=bytes).to(sink)
    return builder


def run_until(condition, topology, settings, wait_until):
    with KafkaStreams(topology, settings) as streams:
        streams.start()
        wait_until(lambda: streams.wait(0) or condition(), what="the output")


def test_records_that_cannot_be_read_are_skipped_beside_an_empty_topic(cluster, names, settings, unique, wait_until):
    source, sink, application = names
    empty = unique("empty")
    cluster.create_topics(**{source: 2, sink: 1, empty: 2})
    chosen = random.Random(5)
    records = [(chosen.randbytes(chosen.randrange(9)), chosen.randbytes(chosen.randrange(6, 10))) for _ in range(300)]
    cluster.produce(source, records)
    builder = StreamsBuilder()
    builder.stream([source, empty], key=bytes, value=int).to(sink)
    good = sorted(record for record in records if len(record[1]) == 8)
    settings |= {
        "bootstrap.servers": cluster.address,
        "deserialization.exception.handler": LogAndContinueExceptionHandler,
    }
    run_until(lambda: len(cluster.read(sink)) >= len(good), builder, settings, wait_until)
    assert sum(cluster.committed(application, source).values()) == 300
    assert sorted(cluster.read(sink)) == good


@pytest.mark.kafka
def test_aborted_transactions_and_deleted_records_are_holes_that_work_goes_past(
    kafka_cluster, names, settings, wait_until
):
    source, sink, application = names
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"k", b"gone")] * 5)
    producer = Producer({"bootstrap.servers": kafka_cluster.address, "log_level": 0, "transactional.id": application})
    producer.init_transactions(30)
    for word, end in (("a", producer.commit_transaction), ("x", producer.abort_transaction)) * 3:
        producer.begin_transaction()
        producer.produce(source, word.encode(), b"k")
        producer.flush(10)
        end(10)
    kafka_cluster.delete_records(source, 0, 5)
    settings |= {"bootstrap.servers": kafka_cluster.address, "processing.guarantee": "exactly_once_v2"}
    with KafkaStreams(word_count(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: streams.wait(0) or kafka_cluster.committed(application, source) == {0: 17}, what="the end")
        wait_until(lambda: kafka_cluster.read(sink)[-1:] == [(b"a", (3).to_bytes(8, "big"))], what="three counted")


@pytest.mark.kafka
@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_ten_megabytes_pass_where_client_and_topics_allow_them(kafka_cluster, names, settings, wait_until, guarantee):
    source, sink, _ = names
    large = {"max.message.bytes": str(12 * MEGABYTE)}
    kafka_cluster.create([NewTopic(name, 1, 1, config=large) for name in (source, sink)])
    value = random.Random(1).randbytes(10 * MEGABYTE)
    producer = Producer(
        {"bootstrap.servers": kafka_cluster.address, "log_level": 0, "message.max.bytes": 12 * MEGABYTE}
    )
    producer.produce(source, value, b"k")
    assert producer.flush(30) == 0
    settings |= {"bootstrap.servers": kafka_cluster.address, "processing.guarantee": guarantee}
    settings |= {"producer.max.request.size": 12 * MEGABYTE}
    run_until(lambda: kafka_cluster.read(sink) == [(b"k", value)], copying(source, sink), settings, wait_until)


@pytest.mark.kafka
@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
@pytest.mark.parametrize("allowed_by", ["nobody", "the client"])
def test_a_record_that_is_too_large_ends_it_with_the_topic_and_the_remedy(
    kafka_cluster, names, settings, wait_until, guarantee, allowed_by
):
    source, sink, application = names
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"k", b"ab")])
    settings |= {"bootstrap.servers": kafka_cluster.address, "processing.guarantee": guarantee}
    if allowed_by == "the client":
        settings |= {"producer.max.request.size": 12 * MEGABYTE}
    topology = copying(source, sink, lambda value: value * MEGABYTE)
    with KafkaStreams(topology, settings) as streams:
        streams.start()
        wait_until(lambda: streams.state.has_ended, what="the end")
        with pytest.raises(ProducerError, match=rf"topic '{sink}'.*2000001 bytes.*max\.request\.size"):
            streams.wait()
    assert kafka_cluster.committed(application, source) == {0: -1001}


@pytest.mark.kafka
@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_a_production_handler_may_drop_what_is_too_large(kafka_cluster, names, settings, wait_until, guarantee):
    source, sink, _ = names
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"k", value) for value in (b"a", b"large", b"b")])
    settings |= {"bootstrap.servers": kafka_cluster.address, "processing.guarantee": guarantee}
    settings |= {"production.exception.handler": lambda context, record, error: Response.resume()}
    topology = copying(source, sink, lambda value: value * MEGABYTE if value == b"large" else value)
    run_until(lambda: kafka_cluster.read(sink) == [(b"k", b"a"), (b"k", b"b")], topology, settings, wait_until)


def test_a_time_far_ahead_is_passed_on_or_refused_by_name(cluster, names, settings, wait_until):
    source, sink, _ = names
    cluster.create([NewTopic(name, 1, 1) for name in (source, sink)])
    cluster.produce(source, [(b"k", b"a")])
    builder = StreamsBuilder()
    far = builder.stream(source, key=bytes, value=bytes).process(
        lambda record, context: context.forward(record.with_timestamp(2**62))
    )
    far.to(sink, key=bytes, value=bytes)
    settings |= {"bootstrap.servers": cluster.address}
    with KafkaStreams(builder, settings) as streams:
        streams.start()
        wait_until(lambda: streams.state.has_ended or cluster.read(sink) == [(b"k", b"a")], what="an answer")
        if streams.state.has_ended:
            with pytest.raises(StreamsError, match=rf"topic '{sink}'.*message\.timestamp"):
                streams.wait()
