"""The native way in and out of Kafka: what it gives and takes is what confluent-kafka's clients give and take."""

from __future__ import annotations

import ctypes
import gc
import time
import weakref
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from kstream_cli.record import at_rest
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.native_clients import NativeConsumer, _librdkafka, can_be_native, native
from kstream_cli.runtime.clients.records_by_partition import fetch

pytestmark = pytest.mark.skipif(native() is None, reason="the extension was not built")
RECORDS = [
    (b"k", b"v", 1_000, None),
    (None, b"no key", 2_000, None),
    (b"tombstone", None, 3_000, None),
    (b"", b"", 4_000, [("kind", b"empty"), ("kind", None), ("", b"")]),
    ("ключ".encode(), b"not \xff text", 5_000, None),
    (b"headers", b"value", 6_000, [("one", b"1"), ("two", b"2")]),
    (b"tombstone with one", None, 7_000, [("gone", b"1")]),
    (b"none again", bytes(3), 8_000, None),
]
STEP = 0.1


def consumer_of(cluster, unique, **settings):
    made = DefaultClientSupplier().consumer(
        {
            "bootstrap.servers": cluster.address,
            "group.id": unique("group"),
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            **settings,
        }
    )
    assert isinstance(made, NativeConsumer)
    return made


def producer_of(cluster, **settings):
    own = {"bootstrap.servers": cluster.address, "linger.ms": 5, "partitioner": "murmur2_random"}
    # As kstream has it: without, a batch that is sent again comes behind later ones.
    made = DefaultClientSupplier().producer({**own, "enable.idempotence": True, **settings})
    assert isinstance(made, native().Producer)
    return made


def read(consumer, count, seconds=30.0):
    """The next `count` records in the order they come, and the events met on the way."""
    records, events = [], []
    deadline = time.monotonic() + seconds
    while len(records) < count and time.monotonic() < deadline:
        runs, met = fetch(consumer, 1_000, STEP)
        records += [record for _, run in runs for record in run]
        events += met
    assert len(records) >= count, f"{len(records)} records of {count} came"
    return records, events


def content(message):
    headers = message.headers() or None
    return message.topic(), message.partition(), message.offset(), message.key(), message.value(), headers


def create(cluster, name):
    """A topic for records of 1970, which brokers would otherwise delete at any time."""
    cluster.create([NewTopic(name, 2, 1, config={"retention.ms": "-1"})])
    return name


@pytest.fixture
def topic(cluster, unique):
    return create(cluster, unique("records"))


@pytest.fixture
def consumer(cluster, unique):
    made = consumer_of(cluster, unique)
    yield made
    made.close()


@pytest.fixture
def producer(cluster):
    return producer_of(cluster)


def unexpected(error, record):
    raise AssertionError(f"{record.value()!r} was not sent: {error}")


def send(producer, topic, records, partition=0):
    for key, value, timestamp, headers in records:
        producer.sender(topic, unexpected, 0)(value, key, partition, timestamp, headers or ())
    assert producer.flush(30) == 0


def test_records_arrive_as_confluent_kafka_sees_them(cluster, unique, topic, consumer, producer):
    send(producer, topic, RECORDS)
    consumer.assign([TopicPartition(topic, 0, 0)])
    records, _ = read(consumer, len(RECORDS))
    plain = Consumer({"bootstrap.servers": cluster.address, "group.id": unique("plain")})
    plain.assign([TopicPartition(topic, 0, 0)])
    expected = plain.consume(len(RECORDS), 30)
    plain.close()
    assert [content(each) for each in records] == [content(each) for each in expected]
    assert [each.timestamp() for each in records] == [each.timestamp() for each in expected]


def test_what_was_sent_is_what_arrives(topic, consumer, producer):
    send(producer, topic, RECORDS)
    consumer.assign([TopicPartition(topic, 0, 0)])
    records, _ = read(consumer, len(RECORDS))
    assert [(each.key(), each.value(), each.timestamp()[1], each.headers()) for each in records] == RECORDS


@pytest.fixture
def run(topic, consumer, producer):
    """All of RECORDS, fetched together."""
    send(producer, topic, RECORDS)
    consumer.assign([TopicPartition(topic, 0, 0)])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        runs, _ = fetch(consumer, 1_000, STEP)
        if runs:
            ((_, found),) = runs
            assert len(found) == len(RECORDS)
            return found
    raise AssertionError("no records came")


def waiting(*runs):
    records = runs[0].waiting()
    for each in runs:
        records.extend(each)
    return records


@pytest.mark.parametrize("text", [0, 1, 2, 3])
def test_all_parts_are_read_at_once_with_text_decoded_as_python_does(run, text):
    def decoded(data, is_text):
        return data.decode("utf-8", "replace") if is_text and data is not None else data

    assert list(map(tuple, waiting(run).read(100, text))) == [
        (decoded(key, text & 2), decoded(value, text & 1), timestamp, headers or ())
        for key, value, timestamp, headers in RECORDS
    ]


def test_what_is_read_is_not_changed_by_reading_on(run):
    kept = list(waiting(run).read(100, 0))
    assert [key for key, *_ in kept] == [key for key, *_ in RECORDS]


def test_a_reader_takes_no_more_than_it_is_asked_for(run):
    records = waiting(run, run)
    reader = records.read(len(run) + 2, 3)
    assert [reader.offset() for _ in reader] == [*range(len(run)), 0, 1]
    assert (len(records), records[0].offset()) == (len(run) - 2, 2)


def test_a_reader_speaks_of_the_record_it_gave_last(run):
    reader = waiting(run).read(100, 3)
    assert (reader.topic(), reader.offset(), reader.message()) == (None, None, None)
    for _, message in zip(reader, run, strict=True):
        assert content(reader) == content(message)
        assert reader.timestamp() == message.timestamp()


def test_a_record_at_rest_does_not_follow_its_reader(run):
    reader = waiting(run).read(100, 3)
    kept = [at_rest(reader) for _ in reader]
    assert list(map(content, kept)) == list(map(content, run))
    assert [at_rest(message) for message in kept] == kept


def test_waiting_records_are_taken_in_order_and_the_last_can_be_put_back(run):
    records = waiting(run, run)
    taken = [records.popleft() for _ in range(len(run))]
    records.appendleft(taken[-1])
    assert [records.popleft().offset() for _ in range(len(records))] == [len(run) - 1, *range(len(run))]
    with pytest.raises(IndexError):
        records.popleft()


def test_a_run_gives_the_rows_of_a_changelog(run):
    assert run.rows() == [(key, value, time) for key, value, time, _ in RECORDS if key is not None]


@pytest.mark.parametrize("timestamped", [False, True])
def test_a_run_gives_the_rows_of_a_changelog_as_columns(run, timestamped):
    rows = [(key, value, time) for key, value, time, _ in RECORDS if key is not None]
    prefixes = [time.to_bytes(8, "big") if timestamped else b"" for _, _, time in rows]
    values = [None if value is None else prefix + value for prefix, (_, value, _) in zip(prefixes, rows, strict=True)]
    assert run.columns(timestamped) == ([key for key, _, _ in rows], values)


def test_only_the_record_that_was_taken_last_can_be_put_back(run):
    records = waiting(run)
    first = records.popleft()
    records.popleft()
    with pytest.raises(ValueError, match="last"):
        records.appendleft(first)


def test_forgotten_records_leave_room_for_others(run):
    records = waiting(run)
    records.popleft()
    records.clear()
    assert len(records) == 0
    assert list(records.read(10, 0)) == []
    records.extend(run)
    assert records.popleft().offset() == 0


def send_with_header(cluster, topic, name):
    """By librdkafka itself: confluent-kafka sends no name that is not text."""
    kafka, why = ctypes.CDLL(_librdkafka()), ctypes.create_string_buffer(512)
    for maker in (kafka.rd_kafka_conf_new, kafka.rd_kafka_new):
        maker.restype = ctypes.c_void_p
    conf = ctypes.c_void_p(kafka.rd_kafka_conf_new())
    kafka.rd_kafka_conf_set(conf, b"bootstrap.servers", cluster.address.encode(), why, ctypes.c_size_t(len(why)))
    client = ctypes.c_void_p(kafka.rd_kafka_new(0, conf, why, ctypes.c_size_t(len(why))))
    end, a_topic, a_partition, a_header = 0, 1, 3, 9
    header = (a_header, name, b"1", ctypes.c_ssize_t(1))
    assert kafka.rd_kafka_producev(client, a_topic, topic.encode(), a_partition, 0, *header, end) == 0
    assert kafka.rd_kafka_flush(client, 30_000) == 0
    kafka.rd_kafka_destroy(client)


def test_a_headers_name_that_is_no_utf_8_is_read_as_java_reads_it(cluster, topic, consumer):
    send_with_header(cluster, topic, b"n\xff")
    consumer.assign([TopicPartition(topic, 0, 0)])
    (record,), _ = read(consumer, 1)
    assert record.headers() == [("n\ufffd", b"1")]


def test_text_is_sent_as_utf_8(topic, consumer, producer):
    producer.sender(topic, unexpected, 3)("größe", "ключ", 0, 1, ())
    producer.flush(30)
    consumer.assign([TopicPartition(topic, 0, 0)])
    (record,), _ = read(consumer, 1)
    assert (record.key(), record.value()) == ("ключ".encode(), "größe".encode())


@pytest.mark.parametrize(("value", "text"), [("text", 0), (b"bytes", 1), (7, 0), (7, 1)])
def test_a_value_of_another_type_is_refused(topic, producer, value, text):
    with pytest.raises(TypeError, match="expected"):
        producer.sender(topic, unexpected, text)(value, None, 0, 1, ())


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_headers_are_found_in_compressed_batches(cluster, topic, consumer, compression):
    send(producer_of(cluster, **{"compression.type": compression}), topic, RECORDS * 20)
    consumer.assign([TopicPartition(topic, 0, 0)])
    records, _ = read(consumer, 20 * len(RECORDS))
    assert [each.headers() for each in records] == [headers for *_, headers in RECORDS] * 20


def test_keys_go_where_confluent_kafka_would_put_them(cluster, unique, topic, consumer, producer):
    keys = [f"key {number}".encode() for number in range(50)]
    other = create(cluster, unique("plain"))
    plain = Producer({"bootstrap.servers": cluster.address, "log_level": 0, "partitioner": "murmur2_random"})
    for key in keys:
        plain.produce(other, b"", key)
    plain.flush(30)
    send(producer, topic, [(key, b"", 1, None) for key in keys], partition=-1)
    consumer.assign([TopicPartition(name, partition, 0) for name in (topic, other) for partition in (0, 1)])
    placed = {(each.topic(), each.key()): each.partition() for each in read(consumer, 100)[0]}
    assert [placed[topic, key] for key in keys] == [placed[other, key] for key in keys]


def test_each_run_is_of_one_partition_and_in_order(topic, consumer, producer):
    for partition in (0, 1):
        send(producer, topic, [(None, bytes([number]), 1, None) for number in range(100)], partition)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in (0, 1)])
    seen = {0: [], 1: []}
    while sum(map(len, seen.values())) < 200:
        runs, _ = fetch(consumer, 30, STEP)
        assert sum(len(run) for _, run in runs) <= 30
        for (name, partition), run in runs:
            assert {(each.topic(), each.partition()) for each in run} == {(name, partition)}
            seen[partition] += [each.offset() for each in run]
    assert seen == {0: [*range(100)], 1: [*range(100)]}


def test_partitions_share_what_is_fetched_at_once(topic, consumer, producer, wait_until):
    for partition in (0, 1):
        send(producer, topic, [(None, b"", 1, None)] * 100, partition)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in (0, 1)])
    wait_until(lambda: len(fetch(consumer, 10, STEP)[0]) == 2, what="both partitions in one fetch")
    runs, _ = fetch(consumer, 10, STEP)
    assert [len(run) for _, run in runs] == [5, 5]


def test_the_end_of_a_partition_is_told(topic, consumer, producer):
    send(producer, topic, RECORDS)
    consumer.assign([TopicPartition(topic, 0, 0)])
    events = []
    while not events:
        events += fetch(consumer, 1_000, STEP)[1]
    assert events[0].error().code() == KafkaError._PARTITION_EOF
    assert (events[0].topic(), events[0].partition(), events[0].offset()) == (topic, 0, len(RECORDS))


@pytest.mark.kafka  # The embedded broker says nothing, to nobody.
def test_an_offset_out_of_range_is_told(kafka_cluster, unique):
    topic = unique("records")
    kafka_cluster.create_topics(**{topic: 1})
    consumer = consumer_of(kafka_cluster, unique)
    consumer.assign([TopicPartition(topic, 0, 1_000)])
    events = []
    while not events:
        events += fetch(consumer, 1_000, STEP)[1]
    assert events[0].error().code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
    assert (events[0].topic(), events[0].partition()) == (topic, 0)
    assert events[0].error().str()
    consumer.close()


def test_a_partition_given_back_and_taken_again_goes_on_where_it_is_told(topic, consumer, producer):
    send(producer, topic, [(None, bytes([number]), 1, None) for number in range(100)])
    for start in (0, 50, 20):
        consumer.incremental_assign([TopicPartition(topic, 0, start)])
        assert read(consumer, 1)[0][0].offset() == start
        consumer.incremental_unassign([TopicPartition(topic, 0)])
        assert fetch(consumer, 1_000, STEP)[0] == []


def test_a_paused_partition_gives_nothing_and_goes_on_without_a_gap(topic, consumer, producer):
    send(producer, topic, [(None, bytes([number]), 1, None) for number in range(100)])
    consumer.assign([TopicPartition(topic, 0, 0)])
    seen = []
    while not seen:
        seen = [each.offset() for _, run in fetch(consumer, 10, STEP)[0] for each in run]
    consumer.pause([TopicPartition(topic, 0)])
    assert fetch(consumer, 1_000, STEP)[0] == []
    consumer.resume([TopicPartition(topic, 0)])
    seen += [each.offset() for each in read(consumer, 100 - len(seen))[0]]
    assert seen == [*range(100)]


def test_a_record_ends_the_wait_for_it(topic, consumer, producer, wait_until):
    consumer.assign([TopicPartition(topic, 0, 0)])
    wait_until(lambda: any(e.error().code() == KafkaError._PARTITION_EOF for e in fetch(consumer, 10, STEP)[1]))
    producer.sender(topic, unexpected, 0)(b"v", None, 0, 1, ())
    producer.flush(30)
    began, runs = time.monotonic(), []
    while not runs:
        runs += fetch(consumer, 10, 60)[0]
    assert time.monotonic() - began < 30


def test_a_member_gets_its_partitions_and_their_records(cluster, unique, topic, producer):
    send(producer, topic, RECORDS)
    member = consumer_of(cluster, unique, **{"partition.assignment.strategy": "cooperative-sticky"})

    def assigned(consumer, partitions):
        consumer.incremental_assign([TopicPartition(each.topic, each.partition, 0) for each in partitions])

    member.subscribe([topic], on_assign=assigned)
    assert len(read(member, len(RECORDS), 60)[0]) == len(RECORDS)
    member.close()


def test_messages_outlive_their_consumer(cluster, unique, topic, producer):
    send(producer, topic, RECORDS)
    short_lived = consumer_of(cluster, unique)
    short_lived.assign([TopicPartition(topic, 0, 0)])
    records, _ = read(short_lived, len(RECORDS))
    short_lived.close()
    assert [each.key() for each in records] == [key for key, *_ in RECORDS]


def test_only_failures_are_reported_with_their_record(cluster, topic):
    reports = []
    producer = producer_of(cluster)

    def report(error, record):
        reports.append((error, record))

    send = producer.sender(topic, report, 0)
    send(b"bad", b"key", 17, 5, [("h", b"1")])
    send(b"good", b"k", 0, 1, ())
    producer.flush(30)
    ((error, record),) = reports
    assert isinstance(error, KafkaError)
    assert error.name() == "_UNKNOWN_PARTITION"
    assert content(record)[:2] == (topic, 17)
    assert (record.key(), record.value(), record.headers()) == (b"key", b"bad", [("h", b"1")])


def test_records_given_up_are_reported(unique):
    reports = []
    producer: Any = DefaultClientSupplier().producer({"bootstrap.servers": "127.0.0.1:1"})
    producer.sender(unique("topic"), lambda error, _: reports.append(error.name()), 0)(b"v", b"k", 0, 1, ())
    producer.purge()
    producer.flush(10)
    assert reports == ["_PURGE_QUEUE"]


def test_the_first_moment_of_1970_is_not_taken_for_no_timestamp(topic, consumer, producer):
    send(producer, topic, [(None, b"v", 0, None)])
    consumer.assign([TopicPartition(topic, 0, 0)])
    (record,), _ = read(consumer, 1)
    assert record.timestamp()[1] == 1


def test_a_record_without_a_timestamp_is_stamped_by_the_producer(topic, consumer, producer):
    began = int(time.time() * 1000)
    send(producer, topic, [(None, b"v", None, None)])
    consumer.assign([TopicPartition(topic, 0, 0)])
    (record,), _ = read(consumer, 1)
    assert began <= record.timestamp()[1] <= int(time.time() * 1000)


def test_reports_of_senders_that_are_gone_are_let_go_once_all_is_sent(topic, producer):
    def report(error, record):
        raise AssertionError(error)

    is_alive = weakref.ref(report)
    producer.sender(topic, report, 0)(b"v", None, 0, 1, ())
    del report
    assert is_alive() is not None
    assert producer.flush(30) == 0
    assert is_alive() is None


def test_a_full_queue_is_a_buffer_error(unique):
    clients = DefaultClientSupplier()
    producer: Any = clients.producer({"bootstrap.servers": "127.0.0.1:1", "queue.buffering.max.messages": 2})
    send = producer.sender(unique("topic"), lambda error, record: None, 0)
    sent: list[None] = []
    with pytest.raises(BufferError):
        sent.extend(send(bytes(10_000), b"k", 0, 1, ()) for _ in range(1_000_000))
    assert len(producer) >= len(sent) > 2


def test_records_come_in_the_order_in_which_they_were_sent_however_large_they_are(topic, consumer, producer):
    sizes = [10, 300_000, 0, 100, 70_000, 65_000, 65_536, 64_000, 1] * 7
    records = [(str(number).encode(), bytes(size), 1, None) for number, size in enumerate(sizes)]
    send(producer, topic, records)
    consumer.assign([TopicPartition(topic, 0, 0)])
    arrived, _ = read(consumer, len(records))
    assert [(each.key(), len(each.value())) for each in arrived] == [(key, len(value)) for key, value, *_ in records]


def test_many_records_go_round_the_outbox_unchanged(topic, consumer, producer):
    to = producer.sender(topic, lambda error, record: None, 0)
    count = 30_000
    for number in range(count):
        to(str(number).encode() * (number % 40), None if number % 7 == 0 else b"%d" % number, 0, number + 1, ())
    assert producer.flush(60) == 0
    consumer.assign([TopicPartition(topic, 0, 0)])
    arrived, _ = read(consumer, count)
    for number, each in enumerate(arrived):
        expected = (None if number % 7 == 0 else b"%d" % number, str(number).encode() * (number % 40), number + 1)
        assert (each.key(), each.value(), each.timestamp()[1]) == expected


def test_a_record_refused_later_on_is_reported_by_the_flush_and_what_its_report_sends_is_flushed_too(
    cluster, topic, consumer
):
    producer = producer_of(cluster)
    reported = []

    def report(error, record):
        reported.append((error.name(), record.topic(), record.key(), record.value(), record.headers()))
        producer.sender(topic, report, 0)(b"instead", record.key(), 0, 1, ())

    producer.partition_count(topic, 30.0)  # Now it knows that there is no partition 17.
    producer.sender(topic, report, 0)(b"v", b"k", 17, 1, [("h", b"1")])
    assert producer.flush(30) == 0
    assert reported == [("_UNKNOWN_PARTITION", topic, b"k", b"v", [("h", b"1")])]
    consumer.assign([TopicPartition(topic, 0, 0)])
    (record,), _ = read(consumer, 1)
    assert (record.key(), record.value()) == (b"k", b"instead")


@pytest.mark.kafka
def test_nothing_sent_before_an_abort_becomes_part_of_the_next_transaction(kafka_cluster, unique):
    topic = create(kafka_cluster, unique("records"))
    producer = producer_of(kafka_cluster, **{"transactional.id": unique("id")})
    producer.init_transactions(30)
    to = producer.sender(topic, lambda error, record: None, 0)
    for _ in range(5):
        producer.begin_transaction()
        to(b"aborted", None, 0, 1, ())
        assert producer.flush(30) == 0, "librdkafka fails to abort what it is only about to tell the broker of"
        for _ in range(2_000):
            to(b"aborted", None, 0, 1, ())
        producer.abort_transaction(30)
        producer.begin_transaction()
        to(b"committed", None, 0, 1, ())
        producer.commit_transaction(30)
    consumer = consumer_of(kafka_cluster, unique, **{"isolation.level": "read_committed"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    records, _ = read(consumer, 5)
    assert [each.value() for each in records] == [b"committed"] * 5
    consumer.close()


def test_settings_that_librdkafka_refuses_name_the_setting():
    with pytest.raises(Exception, match=r"queue\.buffering\.max\.ms"):
        DefaultClientSupplier().producer({"bootstrap.servers": "127.0.0.1:1", "linger.ms": "soon"})


def test_a_setting_that_is_a_callback_keeps_confluent_kafkas_producer():
    settings = {"bootstrap.servers": "127.0.0.1:1", "stats_cb": print}
    assert not can_be_native(settings)
    assert isinstance(DefaultClientSupplier().producer(settings), Producer)


def test_the_partitions_of_a_topic_are_counted(topic, producer):
    assert producer.partition_count(topic, 30.0) == (2, None)


def test_an_unknown_topic_has_an_error_instead_of_partitions(unique, kafka_cluster):
    producer = producer_of(kafka_cluster, **{"allow.auto.create.topics": False})
    _, error = producer.partition_count(unique("unknown"), 30.0)
    assert error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_committed_transactions_are_seen_and_aborted_ones_are_not(cluster, unique, topic, consumer):
    producer = producer_of(cluster, **{"transactional.id": unique("id")})
    producer.init_transactions(30)
    for value, end in ((b"aborted", producer.abort_transaction), (b"committed", producer.commit_transaction)):
        producer.begin_transaction()
        producer.sender(topic, lambda error, record: None, 0)(value, None, 0, 1, ())
        end(30)
    consumer.assign([TopicPartition(topic, 0, 0)])
    (record,), _ = read(consumer, 1)
    assert record.value() == b"committed"


@pytest.mark.kafka  # The embedded broker does not keep metadata.
def test_offsets_are_committed_with_their_metadata_in_a_transaction(kafka_cluster, unique):
    cluster, topic, group = kafka_cluster, unique("records"), unique("group")
    cluster.create_topics(**{topic: 2})
    member = consumer_of(cluster, lambda _: group)
    member.subscribe([topic])
    deadline = time.monotonic() + 60
    while not member.assignment() and time.monotonic() < deadline:
        fetch(member, 10, STEP)
    producer = producer_of(cluster, **{"transactional.id": unique("id")})
    producer.init_transactions(30)
    producer.begin_transaction()
    offsets = [TopicPartition(topic, 0, 7, metadata="as of noon")]
    producer.send_offsets_to_transaction(offsets, member.consumer_group_metadata(), 30)
    producer.commit_transaction(30)
    (committed,) = member.committed([TopicPartition(topic, 0)], 30)
    member.close()
    assert (committed.offset, committed.metadata) == (7, "as of noon")


@pytest.mark.kafka
def test_a_fenced_producer_says_that_it_is(kafka_cluster, unique):
    topic, identity = unique("records"), {"transactional.id": unique("id")}
    kafka_cluster.create_topics(**{topic: 1})
    zombie = producer_of(kafka_cluster, **identity)
    zombie.init_transactions(30)
    zombie.begin_transaction()
    zombie.sender(topic, lambda error, record: None, 0)(b"v", None, 0, 1, ())
    producer_of(kafka_cluster, **identity).init_transactions(30)
    with pytest.raises(KafkaException) as failure:
        zombie.commit_transaction(30)
    assert failure.value.args[0].fatal()


def test_a_producer_that_nobody_holds_is_freed_with_its_reports(unique):
    class Holder:
        pass

    holder: Any = Holder()
    holder.producer = DefaultClientSupplier().producer({"bootstrap.servers": "127.0.0.1:1"})
    holder.report = lambda error, record, held=holder: None
    holder.send = holder.producer.sender(unique("topic"), holder.report, 0)
    holder.send(b"v", None, 0, 1, ())
    is_alive = weakref.ref(holder)
    del holder
    gc.collect()
    assert is_alive() is None
