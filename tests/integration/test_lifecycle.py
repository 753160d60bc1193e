"""Starting, failing, growing, shrinking, pausing and asking a running application."""

from __future__ import annotations

import os
import time

import pytest
from confluent_kafka.admin import NewTopic
from worker import word_count

from kstream_cli import KafkaStreams, State, StreamsBuilder, StreamThreadExceptionResponse
from kstream_cli.errors import (
    BrokerUnavailableError,
    CoPartitioningError,
    LostOffsetsError,
    MissingTopicsError,
    ProcessingError,
    StateError,
    StoreNotAvailableError,
    TopicPartitionsError,
    UnknownStoreError,
)

FAST = {
    "commit.interval.ms": "100",
    "consumer.session.timeout.ms": "3000",
    "consumer.heartbeat.interval.ms": "200",
}


@pytest.fixture
def settings(kafka_cluster, unique, tmp_path):
    given = {"application.id": unique("app"), "bootstrap.servers": kafka_cluster.address, "state.dir": str(tmp_path)}
    return given | FAST


def copying(source, sink, function=None):
    builder = StreamsBuilder()
    stream = builder.stream(source, key=str, value=str)
    (stream.map_values(function, value=str) if function else stream).to(sink)
    return builder.build()


def values(cluster, topic):
    return [value.decode() for _, value in cluster.read(topic)]


def test_a_cluster_that_does_not_answer_is_named_within_ten_seconds(tmp_path):
    settings = {"application.id": "app", "bootstrap.servers": "127.0.0.1:1", "state.dir": str(tmp_path)}
    streams = KafkaStreams(copying("in", "out"), settings)
    began = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1"):
        streams.start()
    assert time.monotonic() - began < 10
    assert streams.state is State.ERROR


@pytest.mark.kafka
def test_missing_source_topics_are_all_listed(settings, unique):
    first, second = unique("first"), unique("second")
    builder = StreamsBuilder()
    for topic in (first, second):
        builder.stream(topic, key=str, value=str).to("out")
    with pytest.raises(MissingTopicsError) as caught:
        KafkaStreams(builder, settings).start()
    assert caught.value.topics == (first, second)


@pytest.mark.kafka
def test_joined_topics_of_different_widths_are_refused(kafka_cluster, settings, unique):
    left, right = unique("left"), unique("right")
    kafka_cluster.create_topics(**{left: 3, right: 4})
    builder = StreamsBuilder()
    table = builder.table(right, key=str, value=str)
    builder.stream(left, key=str, value=str).join(table, lambda one, two: one).to("out", value=str)
    with pytest.raises(CoPartitioningError, match=f"{left} has 3, {right} has 4"):
        KafkaStreams(builder, settings).start()


@pytest.mark.kafka
def test_an_internal_topic_of_another_width_is_refused(kafka_cluster, settings, unique):
    source, sink = unique("lines"), unique("counts")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    kafka_cluster.create([NewTopic(f"{settings['application.id']}-counts-changelog", 5, 1)])
    with pytest.raises(TopicPartitionsError, match="has 5 partitions instead of 2"):
        KafkaStreams(word_count(source, sink), settings).start()


@pytest.mark.kafka
def test_an_error_of_user_code_ends_the_application_and_commits_nothing_that_was_not_processed(
    kafka_cluster, settings, unique
):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"k", b"1"), (b"k", b"2"), (b"k", b"x"), (b"k", b"4")])
    streams = KafkaStreams(copying(source, sink, lambda value: str(int(value))), settings)
    streams.start()
    with pytest.raises(ProcessingError) as caught:
        streams.wait(20)
    assert (caught.value.topic, caught.value.partition, caught.value.offset) == (source, 0, 2)
    assert streams.state is State.ERROR
    assert kafka_cluster.committed(settings["application.id"], source)[0] <= 2


@pytest.mark.kafka
def test_an_error_in_one_task_does_not_undo_what_the_other_tasks_of_the_thread_did(
    kafka_cluster, settings, unique, wait_until
):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    slow = settings | {"commit.interval.ms": "3600000"}
    streams = KafkaStreams(copying(source, sink, lambda value: str(int(value))), slow)
    streams.start()
    kafka_cluster.produce(source, [(b"k", b"1"), (b"k", b"2")], partition=0)
    wait_until(lambda: values(kafka_cluster, sink) == ["1", "2"], what="the records of one task")
    kafka_cluster.produce(source, [(b"k", b"x")], partition=1)
    with pytest.raises(ProcessingError):
        streams.wait(30)
    committed = kafka_cluster.committed(settings["application.id"], source)
    assert (committed[0], committed[1] <= 0) == (2, True)


@pytest.mark.kafka
def test_a_thread_that_failed_is_replaced_if_the_handler_says_so(kafka_cluster, settings, unique, wait_until):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"k", b"1"), (b"k", b"2")])
    failures = []

    def fail_once(value):
        if value == "2" and not failures:
            failures.append(value)
            raise ValueError(value)
        return value

    streams = KafkaStreams(copying(source, sink, fail_once), settings)
    streams.set_uncaught_exception_handler(lambda error: StreamThreadExceptionResponse.REPLACE_THREAD)
    with streams:
        streams.start()
        wait_until(lambda: streams.wait(0) or "2" in values(kafka_cluster, sink), what="the record after all")


@pytest.mark.kafka
def test_threads_are_added_and_removed_while_the_application_runs(kafka_cluster, settings, unique, wait_until):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 2, sink: 1})

    def shares():
        return sorted(len(thread.tasks) for thread in streams.progress() if thread.state == "RUNNING")

    with KafkaStreams(copying(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: shares() == [2], what="one thread with both tasks")
        added = streams.add_stream_thread()
        wait_until(lambda: shares() == [1, 1], what="two threads with a task each")
        assert streams.remove_stream_thread() == added
        wait_until(lambda: shares() == [2], what="one thread with both tasks again")
        kafka_cluster.produce(source, [(b"k", b"v")])
        wait_until(lambda: values(kafka_cluster, sink) == ["v"], what="the record")


@pytest.mark.kafka
def test_a_paused_application_processes_nothing_and_goes_on_when_resumed(kafka_cluster, settings, unique, wait_until):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    with KafkaStreams(copying(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="running")
        streams.pause()
        kafka_cluster.produce(source, [(b"k", b"v")])
        time.sleep(0.7)
        assert values(kafka_cluster, sink) == []
        streams.resume()
        wait_until(lambda: values(kafka_cluster, sink) == ["v"], what="the record")


@pytest.mark.kafka
def test_old_state_of_tasks_that_are_elsewhere_is_deleted_at_the_start_and_while_the_application_runs(
    kafka_cluster, settings, unique, wait_until, tmp_path
):
    source, sink = unique("lines"), unique("counts")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    state = tmp_path / settings["application.id"]

    def leave_state(task):
        (state / task / "kstream").mkdir(parents=True)
        then = time.time() - 60
        for path in (state / task, state / task / "kstream"):
            os.utime(path, (then, then))

    def tasks():
        return sorted(path.name for path in state.glob("*_*"))

    for task in ("0_7", "1_7"):
        leave_state(task)
    (state / "0_7" / ".lock").touch()  # As of now: it is younger than the limit.
    cleaning = {"state.cleanup.delay.ms": "600000", "state.cleanup.dir.max.age.ms": "30000"}
    with KafkaStreams(word_count(source, sink), settings | cleaning) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="running")
        assert tasks() == ["0_0", "0_7", "1_0"]
    with KafkaStreams(word_count(source, sink), settings | {"state.cleanup.delay.ms": "2000"}) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="running")
        wait_until(lambda: tasks() == ["0_0", "1_0"], what="only the state of the tasks that run")


@pytest.mark.kafka
def test_stores_are_read_from_other_threads_while_the_application_runs(kafka_cluster, settings, unique, wait_until):
    source, sink = unique("lines"), unique("counts")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    kafka_cluster.produce(source, [(b"1", b"a b a"), (b"2", b"c a")])
    streams = KafkaStreams(word_count(source, sink), settings | {"num.stream.threads": "2"})
    with pytest.raises(StoreNotAvailableError, match="CREATED"):
        streams.store("counts").get("a")
    with streams:
        streams.start()

        def count_of_a():
            try:
                return streams.store("counts").get("a")
            except StoreNotAvailableError:  # The threads share out the tasks.
                return None

        wait_until(lambda: count_of_a() == (3, pytest.approx(time.time() * 1000, rel=1)), what="3")
        rows = {key: count for key, (count, _) in streams.store("counts").all()}
        assert rows == {"a": 3, "b": 1, "c": 1}
        assert set(streams.all_local_store_partition_lags()["counts"]) == {0, 1}
        with pytest.raises(UnknownStoreError, match="counts"):
            streams.store("count")
        with pytest.raises(AttributeError, match="only be read"):
            streams.store("counts").put("a", 1)


@pytest.mark.kafka
def test_states_are_told_to_the_listener_in_order(kafka_cluster, settings, unique, wait_until):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    told = []
    streams = KafkaStreams(copying(source, sink), settings)
    streams.set_state_listener(lambda new, old: told.append(new))
    streams.start()
    wait_until(lambda: streams.state is State.RUNNING, what="running")
    with pytest.raises(StateError, match="before start"):
        streams.set_state_listener(lambda new, old: None)
    with pytest.raises(StateError):
        streams.clean_up()
    assert streams.close(20)
    assert told == [State.REBALANCING, State.RUNNING, State.PENDING_SHUTDOWN, State.NOT_RUNNING]
    streams.clean_up()
    with pytest.raises(StateError, match="once"):
        streams.start()


@pytest.mark.kafka
@pytest.mark.parametrize("threads", [1, 2])
def test_an_instance_that_joins_says_that_it_runs_once_it_has_its_tasks(
    kafka_cluster, settings, unique, wait_until, tmp_path, threads
):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 8, sink: 1})

    def instance(name):
        own = {"state.dir": str(tmp_path / name), "client.id": name, "num.stream.threads": str(threads)}
        return KafkaStreams(copying(source, sink), settings | own)

    told = []
    with instance("first") as first, instance("second") as second:
        first.start()
        wait_until(lambda: first.state is State.RUNNING, what="the first running")
        second.set_state_listener(lambda new, old: told.append(new))
        second.start()
        wait_until(lambda: second.state is State.RUNNING, what="the second running")
        wait_until(lambda: sum(len(thread.tasks) for thread in second.progress()) == 4, seconds=5, what="its tasks")
        wait_until(lambda: first.state is State.RUNNING, what="the first running again")
        assert told == [State.REBALANCING, State.RUNNING]


@pytest.mark.kafka
@pytest.mark.parametrize("policy", ["fail", "earliest"])
def test_a_committed_offset_that_was_deleted_is_dealt_with_as_configured(
    kafka_cluster, settings, unique, wait_until, policy
):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"k", b"1"), (b"k", b"2")])
    with KafkaStreams(copying(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: values(kafka_cluster, sink) == ["1", "2"], what="two records")
    kafka_cluster.produce(source, [(b"k", b"3"), (b"k", b"4")])
    kafka_cluster.delete_records(source, 0, 3)
    with KafkaStreams(copying(source, sink), settings | {"on.lost.offsets": policy}) as again:
        again.start()
        if policy == "fail":
            with pytest.raises(LostOffsetsError, match=f"{source}-0.*committed offset 2 .* 3 to 4"):
                again.wait(20)
        else:
            wait_until(lambda: values(kafka_cluster, sink) == ["1", "2", "4"], what="the record that is left")
