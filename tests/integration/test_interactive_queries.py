"""Reading the stores of running applications, and finding out where a key is."""

import pytest
from held_clients import HeldConsumers
from worker import key_count, word_count

from kstream_cli import KafkaStreams, State
from kstream_cli.errors import StoreNotAvailableError

FAST = {"consumer.session.timeout.ms": 3_000, "consumer.heartbeat.interval.ms": 200}
NEVER = 3_600_000


def counts(view):
    return {word: count for word, (count, _) in view.all()}


def test_committed_state_is_read_after_a_commit_and_newest_writes_without_one(cluster, unique, tmp_path, wait_until):
    source, sink = unique("lines"), unique("counts")
    cluster.create_topics(**{source: 2, sink: 1})
    cluster.produce(source, [(b"1", b"a b a")])
    given = {"application.id": unique("app"), "bootstrap.servers": cluster.address, "state.dir": tmp_path}
    with KafkaStreams(word_count(source, sink), given | FAST | {"commit.interval.ms": NEVER}) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="running")
        # Nothing commits by itself: the first commit hands the words on to the counts.
        wait_until(lambda: counts(streams.store("counts", committed=True)) == {"a": 2, "b": 1}, what="the counts")
        committed = cluster.committed(streams.config.application_id, source)
        assert max(committed.values()) == 1
        cluster.produce(source, [(b"1", b"a")])
        wait_until(lambda: counts(streams.store("counts"))["a"] == 3, what="the newest write")
        assert cluster.committed(streams.config.application_id, source) == committed


def test_a_snapshot_tells_committed_and_end_offsets(cluster, unique, tmp_path, wait_until):
    source, sink = unique("lines"), unique("counts")
    cluster.create_topics(**{source: 1, sink: 1})
    cluster.produce(source, [(b"1", b"a b a"), (b"2", b"c")])
    given = {"application.id": unique("app"), "bootstrap.servers": cluster.address, "state.dir": tmp_path}
    with KafkaStreams(word_count(source, sink), given | FAST | {"commit.interval.ms": 100}) as streams:
        streams.start()

        def told():
            tasks = [task for thread in streams.progress() for task in thread.tasks]
            return {entry for task in tasks for entry in task.committed}, {end for task in tasks for end in task.ends}

        wait_until(lambda: all((source, 0, 2) in each for each in told()), what="both offsets")


@pytest.mark.kafka
def test_every_instance_knows_where_a_key_is(kafka_cluster, unique, tmp_path, wait_until):
    source, sink = unique("lines"), unique("counts")
    words = [f"w{number}" for number in range(20)]
    kafka_cluster.create_topics(**{source: 4, sink: 1})
    kafka_cluster.produce(source, [(b"1", " ".join(words).encode())])
    topology = word_count(source, sink)
    given = {"application.id": unique("app"), "bootstrap.servers": kafka_cluster.address, "commit.interval.ms": 100}

    def instance(name):
        own = {"state.dir": tmp_path / name, "application.server": f"{name}.example:80"}
        return KafkaStreams(topology, given | FAST | own)

    with instance("one") as one, instance("two") as two:
        with pytest.raises(StoreNotAvailableError, match="not started"):
            one.query_metadata_for_key("counts", "w1")
        one.start()
        two.start()
        both = {"one.example:80": one, "two.example:80": two}

        def settled():
            try:
                return {each.server for each in one.metadata_for_all_streams_clients()} == set(both) and all(
                    streams.state is State.RUNNING and len(streams.progress()[0].tasks) == 4 for streams in (one, two)
                )
            except StoreNotAvailableError:
                return False

        wait_until(settled, 60, what="tasks on each instance")
        for word in words:
            at = one.query_metadata_for_key("counts", word)
            assert at.active == one.query_metadata_for_key("counts", word).active
            asked = both[at.active.server]
            assert at.active.is_local is (asked is one)
            wait_until(lambda: asked.store("counts", partition=at.partition).get(word) is not None, what=word)  # noqa: B023
        assert {each.server for each in two.metadata_for_all_streams_clients()} == set(both)


@pytest.mark.kafka
def test_a_standby_copy_is_read_where_stale_answers_are_taken(kafka_cluster, unique, tmp_path, wait_until):
    source, sink = unique("lines"), unique("counts")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"1", b"a b a")])
    topology = word_count(source, sink)
    given = {"application.id": unique("app"), "bootstrap.servers": kafka_cluster.address, "num.standby.replicas": 1}
    given |= {"commit.interval.ms": 100, **FAST}
    with (
        KafkaStreams(topology, given | {"state.dir": tmp_path / "one"}) as one,
        KafkaStreams(topology, given | {"state.dir": tmp_path / "two"}) as two,
    ):
        one.start()
        two.start()

        def read(streams, **options):
            try:
                return counts(streams.store("counts", **options))
            except StoreNotAvailableError:
                return None

        expected = {"a": 2, "b": 1}
        wait_until(lambda: expected in (read(one), read(two)), 60, what="the active copy")
        wait_until(lambda: read(one, stale=True) == read(two, stale=True) == expected, 60, what="the standby copy")
        assert None in (read(one), read(two))


@pytest.mark.kafka
def test_a_store_that_is_being_restored_is_read_only_where_stale_answers_are_taken(
    kafka_cluster, unique, tmp_path, wait_until
):
    source, sink = unique("in"), unique("out")
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    kafka_cluster.produce(source, [(b"a", b""), (b"b", b""), (b"c", b"")])
    given = {"application.id": unique("app"), "bootstrap.servers": kafka_cluster.address, "commit.interval.ms": 100}
    with KafkaStreams(key_count(source, sink), given | FAST | {"state.dir": tmp_path / "first"}) as streams:
        streams.start()
        wait_until(lambda: kafka_cluster.committed(given["application.id"], source) == {0: 3}, what="all counted")
    clients = HeldConsumers("StreamThread-1-restore-consumer")
    clients.hold()
    restoring = KafkaStreams(key_count(source, sink), given | FAST | {"state.dir": tmp_path / "new"}, clients=clients)
    with restoring:
        restoring.start()
        wait_until(lambda: restoring.all_local_store_partition_lags() == {"counts": {0: 3}}, what="three to restore")
        with pytest.raises(StoreNotAvailableError, match=r"'counts' is being restored, 3 records are left.*stale=True"):
            restoring.store("counts").get("a")
        assert restoring.store("counts", stale=True).get("a") is None
        assert restoring.query_metadata_for_key("counts", "a").active.is_local
        clients.release()
        wait_until(lambda: restoring.state is State.RUNNING, what="restored")
        wait_until(lambda: restoring.all_local_store_partition_lags() == {"counts": {0: 0}}, what="told")
        assert counts(restoring.store("counts")) == {"a": 1, "b": 1, "c": 1}
