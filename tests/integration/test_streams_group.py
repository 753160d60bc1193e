"""The streams protocol against Apache Kafka: one member, several, killed ones, and one in Java."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from apache_kafka import KAFKA, apache_kafka, compile_java, jars, start_java
from cluster import Cluster
from java_twins import count_and_close
from worker import failing_once, word_count

from kstream_cli import Config, KafkaStreams, StreamsBuilder, StreamThreadExceptionResponse
from kstream_cli.errors import ApplicationShutdownError, GroupJoinError, ProcessingError
from kstream_cli.operations.streams_group import topology_of_group
from kstream_cli.runtime.clients.native_clients import native
from kstream_cli.runtime.streams_group.description import described_group

pytestmark = pytest.mark.kafka

PROPERTIES = """
group.streams.min.session.timeout.ms=1000
group.streams.session.timeout.ms=3000
group.streams.min.heartbeat.interval.ms=100
group.streams.heartbeat.interval.ms=500
group.streams.initial.rebalance.delay.ms=0
group.streams.topology.description.plugin.class=KeptDescriptions
"""
SETTINGS = {
    "group.protocol": "streams",
    "commit.interval.ms": 100,
    "statestore.cache.max.bytes": 0,
}


@pytest.fixture(scope="module")
def streams_kafka(tmp_path_factory):
    directory = tmp_path_factory.mktemp("streams-kafka")
    classes = compile_java("KeptDescriptions.java", directory / "classes")
    with apache_kafka(directory, properties=PROPERTIES, classes=classes) as address:
        yield Cluster(address)


@pytest.fixture
def app(streams_kafka, unique, tmp_path):
    """Settings of an application of its own."""
    return {
        **SETTINGS,
        "application.id": unique("app"),
        "bootstrap.servers": streams_kafka.address,
        "state.dir": tmp_path / "state",
    }


@contextmanager
def running(topology, settings):
    with KafkaStreams(topology, settings) as streams:
        streams.start()
        yield streams


def words(*texts):
    return [(b"k", text.encode()) for text in texts]


def counted(cluster, topic):
    """Word -> its highest count."""
    found: Counter[str] = Counter()
    for key, value in cluster.read(topic):
        found[key.decode()] = max(found[key.decode()], int.from_bytes(value, "big"))
    return dict(found)


def group_of(settings):
    return described_group(Config.from_mapping(settings), settings["application.id"], seconds=10)


def owners(settings):
    """Process -> how many active and how many standby tasks it has."""
    found: dict[str, list[int]] = {}
    for member in (group_of(settings) or {"members": []})["members"]:
        numbers = found.setdefault(member["process_id"], [0, 0])
        for place, kind in enumerate(("active_tasks", "standby_tasks")):
            numbers[place] += sum(len(tasks["partitions"]) for tasks in member["assignment"][kind])
    return found


@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_a_member_is_given_tasks_and_the_broker_makes_its_topics(streams_kafka, unique, app, wait_until, guarantee):
    source, sink = unique("in"), unique("out")
    streams_kafka.create_topics(**{source: 2, sink: 1})
    streams_kafka.produce(source, words("a b", "a"))
    with running(word_count(source, sink), {**app, "processing.guarantee": guarantee}):
        wait_until(lambda: counted(streams_kafka, sink) == {"a": 2, "b": 1}, what="all words counted")
        topics = streams_kafka.admin.list_topics(timeout=10).topics
        own = {name: len(topics[name].partitions) for name in topics if name.startswith(app["application.id"])}
        assert own == {
            f"{app['application.id']}-counts-changelog": 2,
            f"{app['application.id']}-counts-repartition": 2,
        }
        wait_until(lambda: 2 in streams_kafka.committed(app["application.id"], source).values(), what="a commit")
    assert group_of(app)["members"] == []


def test_the_work_goes_on_after_a_kill_without_loss_or_double(
    streams_kafka, unique, app, wait_until, start_worker, tmp_path
):
    source, sink = unique("in"), unique("out")
    streams_kafka.create_topics(**{source: 4, sink: 1})
    settings = {
        **app,
        "processing.guarantee": "exactly_once_v2",
        "producer.transaction.timeout.ms": 5000,
    }
    workers = [start_worker("word_count", source, sink, {**settings, "state.dir": tmp_path / str(n)}) for n in (1, 2)]
    wait_until(lambda: [*owners(settings).values()] == [[4, 0], [4, 0]], what="tasks shared between both")
    texts = [f"w{number % 7}" for number in range(400)]
    for number in range(0, 400, 40):
        streams_kafka.produce(source, words(*texts[number : number + 40]))
        if number == 160:
            workers[0].kill()
    wait_until(lambda: counted(streams_kafka, sink) == dict(Counter(texts)), what="all words counted")
    rows = [(key, value) for key, value in streams_kafka.read(sink)]
    assert len(rows) == len(set(rows)) == 400


def test_a_standby_copy_is_kept_where_the_group_says_so(streams_kafka, unique, app, wait_until, start_worker, tmp_path):
    source, sink = unique("in"), unique("out")
    streams_kafka.create_topics(**{source: 2, sink: 1})
    settings = {**app, "num.standby.replicas": 1}
    for number in (1, 2):
        start_worker("word_count", source, sink, {**settings, "state.dir": tmp_path / str(number)})
    wait_until(lambda: [*owners(settings).values()] == [[2, 1], [2, 1]], what="a copy of each stateful task")


def test_static_members_come_back_to_their_tasks(streams_kafka, unique, app, wait_until):
    source, sink = unique("in"), unique("out")
    streams_kafka.create_topics(**{source: 2, sink: 1})
    settings = {**app, "group.instance.id": "one"}
    with running(word_count(source, sink), settings):
        wait_until(lambda: [*owners(settings).values()] == [[4, 0]])
        before = group_of(settings)
    gone = group_of(settings)
    assert [member["instance_id"] for member in gone["members"]] == ["one-1"]
    with running(word_count(source, sink), settings):
        streams_kafka.produce(source, words("a"))
        wait_until(lambda: counted(streams_kafka, sink) == {"a": 1})
        assert group_of(settings)["group_epoch"] == before["group_epoch"]


def test_a_group_moves_from_the_classic_protocol_and_back(streams_kafka, unique, app, wait_until):
    source, sink = unique("in"), unique("out")
    streams_kafka.create_topics(**{source: 2, sink: 1})
    for number, protocol in enumerate(["classic", "streams", "classic"], 1):
        with running(word_count(source, sink), {**app, "group.protocol": protocol}):
            streams_kafka.produce(source, words("a"))
            wait_until(lambda expected=number: counted(streams_kafka, sink) == {"a": expected}, what=protocol)


@pytest.mark.skipif(native() is None, reason="without the extension Java cannot read what is committed")
def test_java_and_python_share_a_group_and_hand_tasks_over(streams_kafka, unique, app, tmp_path, wait_until):
    topics = source, counts, windows = unique("in"), unique("counts"), unique("windows")
    streams_kafka.create_topics(**{source: 2, counts: 1, windows: 1})
    settings = {
        **app,
        "processing.guarantee": "exactly_once_v2",
        "__emit.interval.ms.kstreams.windowed.aggregation__": 0,
    }

    def share(*expected):
        wait_until(
            lambda: sorted(active for active, _ in owners(settings).values()) == sorted(expected),
            seconds=90,
            what=f"tasks shared {expected}",
        )

    def both_counted(number):
        wait_until(lambda: counted(streams_kafka, counts) == dict.fromkeys("abcd", number), what=f"round {number}")

    def feed():
        streams_kafka.produce(source, [(key.encode(), str(time.time_ns() // 1_000_000).encode()) for key in "abcd"])

    given = [f"{name}={value}" for name, value in {**settings, "state.dir": tmp_path / "java"}.items()]
    with running(count_and_close(*topics), settings):
        share(2)
        feed()
        both_counted(1)
        # Java gives up within a second where a topic was made a moment ago, so that it comes second.
        java = start_java("CountAndClose.java", *topics, *given)
        share(1, 1)
        feed()
        both_counted(2)
    share(2)
    feed()
    both_counted(3)
    with running(count_and_close(*topics), settings):
        share(1, 1)
        java.stdin.close()
        java.wait(60)
        share(2)
        feed()
        both_counted(4)
    rows = streams_kafka.read(counts)
    assert len(rows) == len(set(rows)) == 16


def test_the_broker_keeps_the_topology_and_apache_kafka_and_kstream_show_it(streams_kafka, unique, app, wait_until):
    source, sink = unique("in"), unique("out")
    streams_kafka.create_topics(**{source: 2, sink: 1})
    topology = word_count(source, sink)
    group = app["application.id"]
    with running(topology, app):
        wait_until(lambda: owners(app), what="the group")
        wait_until(lambda: topology_of_group(Config.from_mapping(app), group)[1], what="the description on the broker")
        command = ["java", "-cp", f"{jars(KAFKA)}/*", "org.apache.kafka.tools.streams.StreamsGroupCommand"]
        command += ["--bootstrap-server", streams_kafka.address, "--describe", "--group", group, "--topology"]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=120)
        described = subprocess.run(
            [
                sys.executable,
                "-m",
                "kstream_cli",
                "describe",
                f"group:{group}",
                "-b",
                streams_kafka.address,
                "-f",
                "java",
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
    # As the topology's own text, but with the nodes in the order of their names, and topics named as on the broker.
    own = str(topology.describe()).replace("counts-repartition)", f"{group}-counts-repartition)")
    own = own.replace("[counts-repartition]", f"[{group}-counts-repartition]")
    assert by_node(shown.stdout) == by_node(own)
    assert by_node(described.stdout) == by_node(str(topology.describe()))


def by_node(text):
    """The lines of each node, in any order; those before the first are left out."""
    return sorted(re.findall(r"^ +(?:Source|Processor|Sink): .*\n(?: +(?:-->|<--) .*\n)*", text, re.MULTILINE))


def test_two_topologies_in_one_group_are_refused_with_a_remedy(streams_kafka, unique, app, wait_until, tmp_path):
    source, sink = unique("in"), unique("out")
    streams_kafka.create_topics(**{source: 2, sink: 1})
    other = StreamsBuilder()
    other.stream(source, key=str, value=str).to(sink)
    with running(word_count(source, sink), app):
        wait_until(lambda: [*owners(app).values()] == [[4, 0]])
        streams = KafkaStreams(other, {**app, "state.dir": tmp_path / "other"})
        streams.start()
        with pytest.raises(GroupJoinError, match="start the new version, or give it another application"):
            streams.wait(60)


def test_an_error_answered_with_shutdown_application_ends_every_instance(
    streams_kafka, unique, app, wait_until, tmp_path
):
    source = unique("in")
    streams_kafka.create_topics(**{source: 2})
    failed: list[str] = []

    def instance(name):
        config = {**app, "client.id": name, "state.dir": tmp_path / name}
        streams = KafkaStreams(failing_once(source, failed), config)
        streams.set_uncaught_exception_handler(lambda error: StreamThreadExceptionResponse.SHUTDOWN_APPLICATION)
        return streams

    with instance("one") as one, instance("two") as two:
        one.start()
        two.start()
        wait_until(lambda: [*owners(app).values()] == [[1, 0], [1, 0]], what="a task each")
        streams_kafka.produce(source, [(b"k", b"poison")])
        ended = set()
        for each in (one, two):
            with pytest.raises((ProcessingError, ApplicationShutdownError)) as caught:
                each.wait(60)
            ended.add(type(caught.value))
        assert ended == {ProcessingError, ApplicationShutdownError}
    with instance("one") as again:
        again.start()
        wait_until(lambda: [*owners(app).values()] == [[2, 0]], what="the tasks at the next start")
