"""One Apache Kafka broker (KRaft, one node, loopback) that can be started, stopped, killed and frozen."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from functools import cached_property
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.cache import kafka_jars

CLUSTER = "a3N0cmVhbS1iZW5jaG1hcg"
SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={directory}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
log.cleaner.enable=true
auto.create.topics.enable=false
"""


class KafkaBroker:
    """Keeps its data in `directory`; `stop` and `kill` leave it there, so that `start` goes on with it."""

    def __init__(self, directory: Path, *, heap: str = "1g") -> None:
        self.directory = directory
        self.heap = heap
        self.port, self._controller_port = _free_ports(2)
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._write_settings()

    def start(self) -> None:
        with (self.directory / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java(f"-Xmx{self.heap}", "-XX:+UseG1GC"), "kafka.Kafka", str(self._settings)],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_up()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def create_topic(self, name: str, *, partitions: int = 1, **config: str) -> None:
        """Make a topic; an underscore in a setting's name stands for a dot."""
        settings = {key.replace("_", "."): value for key, value in config.items()}
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=settings)
        self.admin.create_topics([topic])[name].result(30)

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
            SETTINGS.format(port=self.port, controller_port=self._controller_port, directory=self.directory)
        )
        subprocess.run(
            [*self._java(), "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(self._settings)],
            check=True,
            capture_output=True,
        )

    def _java(self, *options: str) -> list[str]:
        return ["java", *options, "-cp", f"{kafka_jars()}/*"]

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
                # A listening socket is not enough: metadata must name the broker before topics can be made.
                if self.admin.list_topics(timeout=5).brokers:
                    return
            except (OSError, KafkaException):
                time.sleep(0.1)
        raise RuntimeError(f"Apache Kafka did not start: see {self.directory / 'broker.log'}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(60)
            self._process = None


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
