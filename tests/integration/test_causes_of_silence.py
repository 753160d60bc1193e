"""Each cause of silence is provoked on a broker, and `why` names that one and no other.

The user's way is taken: `why` asks the brokers, and the endpoint of the instance where there is one. What it named for
each cause is the confusion table in docs/guides/ask.md.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from apache_kafka import start_java
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType
from held_clients import HeldConsumers

from kstream_cli import (
    BufferConfig,
    Config,
    EmitStrategy,
    HttpEndpoint,
    JoinWindows,
    KafkaStreams,
    LogAndContinueExceptionHandler,
    State,
    StreamsBuilder,
    StreamThreadExceptionResponse,
    Suppressed,
    TimeWindows,
)
from kstream_cli.commands.asking.why import Asking
from kstream_cli.commands.loading.target import Target
from kstream_cli.endpoint.instances import Instances
from kstream_cli.operations import instance_facts, instance_silence

pytestmark = pytest.mark.kafka

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "ask.md"
FAST = {"commit.interval.ms": 100, "consumer.session.timeout.ms": 3_000, "consumer.heartbeat.interval.ms": 300}
EXACTLY_ONCE = {"processing.guarantee": "exactly_once_v2"}
MINUTE = 60_000
NAMED: Counter[tuple[str, str]] = Counter()
"""(provoked cause, named cause) -> how often."""


class Provoked:
    """A broker, one application on it, and what `why` says of that."""

    def __init__(self, cluster, unique, tmp_path, wait_until, until):
        self.cluster, self.wait_until, self.until = cluster, wait_until, until
        self.source, self.other, self.sink = unique("in"), unique("other"), unique("out")
        self.config = {"application.id": unique("app"), "bootstrap.servers": cluster.address, **FAST}
        self.config["state.dir"] = str(tmp_path)
        self.builder = StreamsBuilder()
        self.stream = self.builder.stream(self.source, key=str, value=str)
        self.streams = self.endpoint = None

    def topics(self, **partitions):
        made = {getattr(self, name): count for name, count in partitions.items()}
        self.cluster.create_topics(**made)
        self.cluster.settle(self.config["application.id"], *made)

    def send(self, *keys, at=None, topic=None, value=b"x"):
        producer = Producer({"bootstrap.servers": self.cluster.address, "log_level": 0})
        for key in keys:
            producer.produce(topic or self.source, value, key and key.encode(), timestamp=at or now())
        assert producer.flush(30) == 0

    def run(self, *, keeps=State.RUNNING, clients=None, handler=None, **settings):
        """Start the application with its endpoint, and wait until it is in a state."""
        self.config |= settings
        self.streams = KafkaStreams(self.builder, self.config, **({} if clients is None else {"clients": clients}))
        if handler is not None:
            self.streams.set_uncaught_exception_handler(handler)
        self.until.callback(self.streams.close, 10)
        self.endpoint = self.until.enter_context(HttpEndpoint(self.streams, port=0))
        self.streams.start()
        if keeps is not None:
            self.wait_until(lambda: self.streams.state is keeps, what=keeps.value)

    def stop(self):
        self.streams.close()
        self.streams = self.endpoint = None

    def tasks(self):
        return [task for thread in self.streams.progress() for task in thread.tasks]

    def processed(self, count):
        """Wait until the instance has processed so many records, and committed that."""

        def is_done():
            known = self.cluster.committed(self.config["application.id"], self.source)
            return sum(task.processed for task in self.tasks()) >= count and sum(known.values()) >= count

        self.wait_until(is_done, what=f"{count} records processed")

    def why(self, *, serves=True):
        config = Config.from_mapping(self.config)
        servers = [] if self.endpoint is None or not serves else [f"127.0.0.1:{self.endpoint.port}"]
        return Asking(Target(None, self.builder.build(self.config), config), Instances(servers))._look()

    def is_named(self, cause, *, serves=True):
        """`why` says so, twice, and nothing else; the instance is asked where it serves."""
        for _ in range(2):
            found = self.why(serves=serves)
            NAMED[cause, found.cause] += 1
            assert found.cause == cause, found.sentence
        return found


@pytest.fixture
def until():
    """What is undone in the end, the last first."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def provoked(kafka_cluster, unique, tmp_path, wait_until, until):
    return Provoked(kafka_cluster, unique, tmp_path, wait_until, until)


def now():
    return int(time.time() * 1000)


def counts(stream, suppressed=None, emit=None):
    windowed = stream.group_by_key().windowed_by(TimeWindows.of_size(10 * MINUTE))
    if emit is not None:
        windowed.emit_strategy(emit)
    table = windowed.count(store="counts")
    return (table if suppressed is None else table.suppress(suppressed)).to_stream(lambda windowed, count: windowed.key)


def test_source_topic_missing(provoked):
    provoked.stream.to(provoked.sink)
    found = provoked.is_named("source topic missing")
    assert provoked.source in found.sentence


def test_partitions_differ(provoked):
    other = provoked.builder.stream(provoked.other, key=str, value=str)
    provoked.stream.join(other, lambda one, two: one + two, JoinWindows.of_time_difference(MINUTE)).to(provoked.sink)
    provoked.topics(source=1, other=2, sink=1)
    provoked.is_named("partitions differ")


def test_not_running(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a")
    provoked.is_named("not running")


def test_no_input(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.run()
    provoked.is_named("no input")


def test_input_at_its_end(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a", "b")
    provoked.run()
    provoked.processed(2)
    provoked.is_named("input at its end")


def test_reset_to_latest(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a", "b")
    provoked.run(**{"auto.offset.reset": "latest"})
    application = provoked.config["application.id"]
    provoked.wait_until(
        lambda: provoked.cluster.committed(application, provoked.source) == {0: 2}, what="the first position committed"
    )
    provoked.is_named("reset to latest")
    provoked.send("c")
    provoked.processed(1)
    assert provoked.why().cause == "input at its end"


def test_suppress_holds_results(provoked):
    held = Suppressed.until_window_closes(BufferConfig.unbounded(), name="held")
    counts(provoked.stream, held).to(provoked.sink, key=str, value=int)
    provoked.topics(source=1, sink=1)
    provoked.send("a", "b")
    provoked.run()
    provoked.processed(2)
    provoked.is_named("suppress holds results")


def test_window_waits_for_stream_time(provoked):
    counts(provoked.stream, emit=EmitStrategy.on_window_close()).to(provoked.sink, key=str, value=int)
    provoked.topics(source=1, sink=1)
    provoked.send("a", "b")
    provoked.run()
    provoked.processed(2)
    provoked.is_named("window waits for stream time")


WITH_OR_WITHOUT_ENDPOINT = pytest.mark.parametrize("serves", [True, False], ids=["endpoint", "cluster alone"])


@WITH_OR_WITHOUT_ENDPOINT
def test_everything_filtered(provoked, serves):
    provoked.stream.filter(lambda key, value: value == "never").to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a", "b")
    provoked.run()
    provoked.processed(2)
    found = provoked.is_named("everything filtered", serves=serves)
    assert Path(__file__).name in found.sentence


@WITH_OR_WITHOUT_ENDPOINT
@pytest.mark.parametrize("way", ["grouping", "repartition"])
def test_null_keys(provoked, way, serves):
    stream = provoked.stream if way == "grouping" else provoked.stream.map(lambda key, value: (key, value))
    stream.group_by_key().count(store="counts").to_stream().to(provoked.sink, key=str, value=int)
    provoked.topics(source=1, sink=1)
    provoked.send(None, None)
    provoked.run()
    provoked.processed(2)
    provoked.wait_until(lambda: all(task.state == "running" for task in provoked.tasks()), what="all tasks running")
    provoked.is_named("null keys", serves=serves)


def test_all_late(provoked):
    emit = EmitStrategy.on_window_close(emit_on_idle=100)
    counts(provoked.stream, emit=emit).to(provoked.sink, key=str, value=int)
    provoked.topics(source=1, sink=1)
    end = now() // (10 * MINUTE) * 10 * MINUTE - 1
    provoked.send("a", at=end)
    provoked.run()
    provoked.wait_until(lambda: provoked.cluster.read(provoked.sink), what="the window")
    provoked.stop()
    provoked.send("a", "b", at=end)
    provoked.run()
    provoked.processed(2)
    provoked.is_named("all late")


def test_all_to_dead_letters(provoked):
    numbers = provoked.builder.stream(provoked.other, key=str, value=int)
    numbers.to(provoked.sink)
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, other=1, sink=1)
    dead = f"{provoked.sink}-dead"
    provoked.cluster.create_topics(**{dead: 1})
    provoked.send("a", "b", topic=provoked.other, value=b"no number")
    provoked.run(
        **{
            "errors.dead.letter.queue.topic.name": dead,
            "deserialization.exception.handler": LogAndContinueExceptionHandler,
        }
    )
    application = provoked.config["application.id"]
    provoked.wait_until(
        lambda: provoked.cluster.committed(application, provoked.other) == {0: 2}, what="both records taken"
    )
    provoked.is_named("all to dead letters")


def test_results_wait_for_the_commit(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a")
    provoked.run(**EXACTLY_ONCE, **{"commit.interval.ms": 30_000, "transaction.timeout.ms": 60_000})
    provoked.wait_until(lambda: sum(task.processed for task in provoked.tasks()) == 1, what="a record processed")
    provoked.is_named("results wait for the commit")


def test_restoring(provoked):
    provoked.stream.group_by_key().count(store="counts").to_stream().to(provoked.sink, key=str, value=int)
    provoked.topics(source=1, sink=1)
    provoked.send("a", "b")
    provoked.run()
    provoked.processed(2)
    provoked.stop()
    clients = HeldConsumers("restore-consumer")
    clients.hold()
    provoked.until.callback(clients.release)
    provoked.run(keeps=None, clients=clients, **{"state.dir": provoked.config["state.dir"] + "-elsewhere"})
    provoked.wait_until(lambda: any(task.restoring for task in provoked.tasks()), what="a restore")
    provoked.is_named("restoring")


def test_paused(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.run()
    provoked.streams.pause()
    provoked.send("a")
    provoked.is_named("paused")


def test_stuck_in_user_code(provoked, monkeypatch):
    monkeypatch.setattr(instance_facts, "STUCK_SECONDS", 1.0)
    done = threading.Event()
    provoked.until.callback(done.set)
    provoked.stream.map_values(lambda value: done.wait() and value).to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a")
    provoked.run(keeps=None)
    provoked.wait_until(
        lambda: instance_facts.instance_facts(provoked.streams, "").stuck, what="a thread that has not come back"
    )
    found = provoked.is_named("stuck in user code")
    assert Path(__file__).name in found.sentence


def fail(value):
    raise ValueError("no such value")


@pytest.mark.parametrize("cause", ["failed", "fails again and again"])
def test_failures(provoked, cause):
    provoked.stream.map_values(fail).to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a")
    handler = (lambda error: StreamThreadExceptionResponse.REPLACE_THREAD) if cause == "fails again and again" else None
    provoked.run(keeps=None, handler=handler)
    if handler is None:
        provoked.wait_until(lambda: provoked.streams.state is State.ERROR, what="the end")
    else:
        provoked.wait_until(lambda: len(provoked.streams.recent_errors()) > 1, what="two errors")
    found = provoked.is_named(cause)
    assert "no such value" in found.sentence


@contextmanager
def member(provoked, topic, **settings):
    """A plain consumer in the application's group, which has joined it."""
    joined = threading.Event()
    consumer = Consumer(
        {
            "bootstrap.servers": provoked.cluster.address,
            "group.id": provoked.config["application.id"],
            "partition.assignment.strategy": "cooperative-sticky",
            "log_level": 0,
            **settings,
        }
    )
    consumer.subscribe([topic], on_assign=lambda consumer, partitions: joined.set())
    provoked.wait_until(lambda: consumer.poll(0.1) or joined.is_set(), what="a member")
    try:
        yield consumer
    finally:
        consumer.close()


def test_rebalancing(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=2, sink=1)
    with member(provoked, provoked.source):
        # It does not poll, so that it does not join again.
        provoked.run(keeps=None)
        provoked.wait_until(lambda: provoked.why().cause not in ("starting", "another application"), what="the group")
        provoked.is_named("rebalancing")


def test_another_application(provoked):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, other=1, sink=1)
    elsewhere = StreamsBuilder()
    elsewhere.stream(provoked.other, key=str, value=str).foreach(print)
    other = KafkaStreams(elsewhere, provoked.config | {"state.dir": provoked.config["state.dir"] + "-other"})
    provoked.until.callback(other.close, 10)
    other.start()
    provoked.wait_until(lambda: other.state is State.RUNNING, what="the other application")
    provoked.is_named("another application")


BEFORE_JAVA = ("not running", "rebalancing")


@pytest.mark.parametrize("protocol", ["classic", "streams"])
def test_java_member(provoked, unique, protocol):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, other=1, sink=1)
    settings = [f"{name}={value}" for name, value in provoked.config.items() if not name.startswith("consumer.")]
    topics = provoked.source, provoked.other, provoked.sink
    process = start_java("CountAndClose.java", *topics, f"group.protocol={protocol}", *settings)
    try:
        # Its group may rebalance once more soon after its first assignment.
        provoked.wait_until(
            lambda: {provoked.why().cause for _ in range(4)}.isdisjoint(BEFORE_JAVA), 240, "Java running"
        )
        provoked.is_named("Java member")
    finally:
        process.stdin.close()
        process.wait(60)


def test_transaction_left_open(provoked, unique):
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    provoked.send("a")
    producer = Producer({"bootstrap.servers": provoked.cluster.address, "transactional.id": unique("dead")})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(provoked.source, b"x", b"a", timestamp=now() - MINUTE)
    producer.flush(30)
    provoked.until.callback(producer.abort_transaction, 30)
    provoked.run(**EXACTLY_ONCE)
    provoked.processed(1)
    provoked.is_named("transaction left open")


def test_idle_partition(provoked, monkeypatch):
    monkeypatch.setattr(instance_silence, "WAIT_SECONDS", 0.5)
    other = provoked.builder.stream(provoked.other, key=str, value=str)
    provoked.stream.merge(other).to(provoked.sink, key=str, value=str)
    provoked.topics(source=1, other=1, sink=1)
    provoked.send("a", topic=provoked.other)
    provoked.run(**{"max.task.idle.ms": 100})
    application = provoked.config["application.id"]
    provoked.wait_until(
        lambda: provoked.cluster.committed(application, provoked.other) == {0: 1}, what="one record taken"
    )
    provoked.stop()
    provoked.run(**{"max.task.idle.ms": 600_000})
    provoked.send("a")
    provoked.wait_until(
        lambda: any(
            task.waits_for and task.last_progress and time.time() - task.last_progress > 0.6
            for task in provoked.tasks()
        ),
        what="a wait",
    )
    provoked.is_named("idle partition")


def test_broker_away(provoked):
    provoked.stream.to(provoked.sink)
    provoked.config["bootstrap.servers"] = "127.0.0.1:1"
    provoked.is_named("broker away")


def test_sink_without_permission(secure, unique, tmp_path, wait_until, until):
    provoked = Provoked(secure.cluster, unique, tmp_path, wait_until, until)
    provoked.config |= secure.settings | {"sasl.username": "limited"}
    provoked.stream.to(provoked.sink)
    provoked.topics(source=1, sink=1)
    rules = [
        (ResourceType.TOPIC, provoked.source, AclOperation.READ),
        (ResourceType.TOPIC, provoked.sink, AclOperation.DESCRIBE),
        (ResourceType.GROUP, provoked.config["application.id"], AclOperation.READ),
    ]
    bindings = [
        AclBinding(kind, name, ResourcePatternType.LITERAL, "User:limited", "*", operation, AclPermissionType.ALLOW)
        for kind, name, operation in rules
    ]
    for future in secure.cluster.admin.create_acls(bindings).values():
        future.result(10)
    provoked.is_named("sink without permission")


def confusion_table(named):
    """Provoked causes as rows, named ones as columns, in Markdown; the columns have the numbers of the rows."""
    causes = list(dict.fromkeys(cause for pair in named for cause in pair))
    lines = ["| | provoked | " + " | ".join(str(number) for number, _ in enumerate(causes, 1)) + " |"]
    lines.append("| --- " * (len(causes) + 2) + "|")
    for number, provoked in enumerate(causes, 1):
        cells = ["●" if named[provoked, cause] else "" for cause in causes]
        lines.append(f"| {number} | {provoked} | " + " | ".join(cells) + " |")
    return re.sub(" +", " ", "\n".join(lines))


def test_the_confusion_table_in_the_documentation_is_what_was_seen(request):
    module = request.node.parent
    if len([each for each in request.session.items if each.parent is module]) < len(list(module.collect())):
        pytest.skip("only some of the causes were provoked")
    assert [pair for pair in NAMED if len(set(pair)) > 1] == []
    listed = set(re.findall(r"^\| \d+ \| ([a-zA-Z ]+?) \|", PAGE.read_text(), re.MULTILINE))
    assert listed <= {provoked for provoked, _ in NAMED}, confusion_table(NAMED)
