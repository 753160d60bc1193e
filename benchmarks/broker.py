"""An Apache Kafka broker (KRaft, loopback), alone or one of several, that can be started, stopped and killed."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.cache import kafka_jars

CLUSTER = "a3N0cmVhbS1iZW5jaG1hcg"
SETTINGS = """
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={directory}/data
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
group.streams.initial.rebalance.delay.ms=0
group.streams.min.session.timeout.ms=6000
group.streams.session.timeout.ms=6000
group.streams.min.heartbeat.interval.ms=1000
group.streams.heartbeat.interval.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
log.cleaner.enable=true
auto.create.topics.enable=false
"""


LOGGING = """
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c{1}: %m%n
logger.transactions.name=kafka.coordinator.transaction
logger.transactions.level=INFO
"""
START_SECONDS = 600
END_SECONDS = 300
"""A loaded machine takes its time."""
PORTS = range(20_000, 32_000)


class Ports(NamedTuple):
    """Where a node listens, for clients and for the other nodes' controllers."""

    client: int
    controller: int


class KafkaBroker:
    """Keeps its data in `directory`; `stop` and `kill` leave it there, so that `start` goes on with it.

    As one of several it is given all nodes' ports, and which of them it is, counted from 1.
    """

    def __init__(
        self,
        directory: Path,
        *,
        heap: str = "1g",
        ports: Sequence[Ports] = (),
        node: int = 1,
        cluster: str = CLUSTER,
    ) -> None:
        self.directory = directory
        self._cluster = cluster
        self.heap = heap
        self.node = node
        self._ports = ports or free_ports(1)
        self.port = self._ports[node - 1].client
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._write_settings()

    def start(self) -> None:
        self.launch()
        self.await_up()

    def launch(self) -> None:
        """Start without waiting: one of several is up only when most of them are."""
        collector = "-XX:+UseG1GC" if len(self._ports) == 1 else "-XX:+UseSerialGC"  # several share the machine
        options = (f"-Xmx{self.heap}", collector, f"-Dlog4j2.configurationFile={self._logging}")
        with (self.directory / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java(*options), "kafka.Kafka", str(self._settings)],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def create_topic(self, name: str, *, partitions: int = 1, **config: str) -> None:
        """Make a topic, and wait until clients can see it; an underscore in a setting's name stands for a dot."""
        settings = {key.replace("_", "."): value for key, value in config.items()}
        topic = NewTopic(name, num_partitions=partitions, replication_factor=-1, config=settings)
        self.admin.create_topics([topic])[name].result(60)
        deadline = time.monotonic() + 60
        # The controller has it at once; the brokers hear of a thousand partitions a little later.
        while not self._is_up(name, partitions):
            if time.monotonic() > deadline:
                raise RuntimeError(f"topic {name} has no leaders: see {self.directory / 'broker.log'}")
            time.sleep(0.05)

    def _is_up(self, topic: str, partitions: int) -> bool:
        known = self.admin.list_topics(topic, timeout=30).topics[topic].partitions
        return len(known) == partitions and all(partition.leader >= 0 for partition in known.values())

    def delete_topic(self, name: str) -> None:
        """Delete a topic and whatever an application of that name made beside it."""
        names = [
            topic
            for topic in self.admin.list_topics(timeout=30).topics
            if topic == name or topic.startswith(f"{name}-")
        ]
        for deleted in self.admin.delete_topics(names).values() if names else ():
            deleted.result(60)

    @cached_property
    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the broker is not running")
        return self._process.pid

    def __enter__(self) -> KafkaBroker:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _write_settings(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._settings = self.directory / "server.properties"
        self._settings.write_text(
            SETTINGS.format(
                node=self.node,
                port=self.port,
                controller_port=self._ports[self.node - 1].controller,
                voters=",".join(f"{node}@127.0.0.1:{each.controller}" for node, each in enumerate(self._ports, 1)),
                directory=self.directory,
                replicas=min(3, len(self._ports)),
                in_sync=min(2, len(self._ports)),
            )
        )
        self._logging = self.directory / "log4j2.properties"
        self._logging.write_text(LOGGING)
        subprocess.run(
            [*self._java(), "kafka.tools.StorageTool", "format", "-t", self._cluster, "-c", str(self._settings)],
            check=True,
            capture_output=True,
        )

    def _java(self, *options: str) -> list[str]:
        return ["java", *options, "-cp", f"{kafka_jars()}/*"]

    def await_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
                # A listening socket is not enough: metadata must name the broker before topics can be made.
                if self.node in self.admin.list_topics(timeout=5).brokers:
                    return
            except (OSError, KafkaException):
                time.sleep(0.1)
        raise RuntimeError(f"Apache Kafka did not start: see {self.directory / 'broker.log'}")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._signal(number)
            self._process.wait(END_SECONDS)
            self._process = None


def free_ports(nodes: int) -> list[Ports]:
    """Ports for so many brokers, free a moment ago.

    From below those that the kernel gives to clients: one of these could take a broker's while that is down.
    """
    found: list[int] = []
    for number in random.sample(PORTS, len(PORTS)):
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", number))
            found.append(number)
        if len(found) == 2 * nodes:
            break
    return [Ports(client, controller) for client, controller in zip(found[::2], found[1::2], strict=True)]
