"""Apache Kafka brokers in processes of their own, on free loopback ports: Java runs them, Maven fetches them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO
from uuid import uuid4

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

PROJECT = Path(__file__).resolve().parents[2]
KAFKA = "4.4.0"
"""The release that every broker test runs on."""
OLDER_KAFKAS = ("4.3.1", "3.9.1")
"""Releases that the most important tests run on as well."""
START_SECONDS = 180
"""A machine that does much else at the time takes minutes."""
SERVER_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners={listeners},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={listeners}
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
log.cleaner.backoff.ms=200
"""


@contextmanager
def apache_kafka(
    directory: Path,
    *,
    more_listeners: Mapping[str, int] = MappingProxyType({}),
    properties: str = "",
    format_options: tuple[str, ...] = (),
    version: str = KAFKA,
    classes: Path | None = None,
) -> Iterator[str]:
    """A broker with its data in `directory`, while the block runs: the address of its plain listener.

    `more_listeners` are others by name, each with its port, which `properties` set up.
    """
    broker = KafkaBroker(
        directory,
        more_listeners=more_listeners,
        properties=properties,
        format_options=format_options,
        version=version,
        classes=classes,
    )
    try:
        broker.start()
        yield broker.address
    finally:
        broker.kill()


class KafkaBroker:
    """One broker that a test can take away and bring back: its port and its data stay."""

    def __init__(
        self,
        directory: Path,
        *,
        more_listeners: Mapping[str, int] = MappingProxyType({}),
        properties: str = "",
        format_options: tuple[str, ...] = (),
        version: str = KAFKA,
        classes: Path | None = None,
    ) -> None:
        """`classes`: a folder of plugins."""
        fetch_kafka(version)
        port, controller = free_port(), free_port()
        self.address = f"127.0.0.1:{port}"
        self._directory = directory
        class_path = f"{jars(version)}/*" if classes is None else f"{classes}:{jars(version)}/*"
        self._java = ["java", "-Xmx512m", "-cp", class_path]
        self._file = directory / "server.properties"
        every = {"PLAINTEXT": port, **more_listeners}
        listeners = ",".join(f"{name}://127.0.0.1:{each}" for name, each in every.items())
        self._file.write_text(
            SERVER_PROPERTIES.format(listeners=listeners, controller=controller, directory=directory) + properties
        )
        # A cluster id that began with a dash would be taken for an option.
        cluster = urlsafe_b64encode(b"k" + uuid4().bytes[1:]).decode().rstrip("=")
        command = [*self._java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._file)]
        subprocess.run([*command, *format_options], check=True, capture_output=True)

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self._directory / "server.log").open("ab") as log:
            command = [*self._java, "kafka.Kafka", str(self._file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        await_broker(self.address, self._process)

    def pause(self) -> None:
        """Answer nobody, with all connections open, until `resume`."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def jars(version: str) -> Path:
    """Where a release of Apache Kafka is kept."""
    return PROJECT / ".kafka" / version


def fetch_kafka(version: str = KAFKA) -> None:
    """Have Maven fetch the jars of a release, unless they are there."""
    found = any(jars(version).glob("kafka_2.13-*.jar"))
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None and not (tool == "mvn" and found):
            unavailable(f"{tool} is not installed: it is needed for a real Apache Kafka broker")
    if not found:
        fetch = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-Dkafka.version={version}"]
        pom = Path(__file__).parent / "kafka"
        command = [*fetch, f"-DoutputDirectory={jars(version)}"]
        done = subprocess.run(command, cwd=pom, capture_output=True, text=True, timeout=600)
        if done.returncode:
            unavailable(f"Maven could not fetch Apache Kafka {version}: {done.stdout[-500:]}{done.stderr[-500:]}")


def start_java(
    source: str,
    *arguments: str,
    says: int | IO[bytes] = subprocess.DEVNULL,
    errors: int | IO[bytes] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """A program of one file that runs until its standard input is closed."""
    fetch_kafka()
    path = Path(__file__).parent / "kafka" / source
    light = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    command = ["java", "-Xmx256m", *light, "-cp", f"{jars(KAFKA)}/*", str(path), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=says, stderr=errors)


def run_java(source: str, *arguments: str, given: str = "") -> list[str]:
    """The lines that a program of one file says, which stands beside the broker's project file."""
    fetch_kafka()
    path = Path(__file__).parent / "kafka" / source
    command = ["java", "-Xmx256m", "-cp", f"{jars(KAFKA)}/*", str(path), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def compile_java(source: str, to: Path) -> Path:
    """The folder with the classes of a file that stands beside the broker's project file."""
    fetch_kafka()
    path = Path(__file__).parent / "kafka" / source
    command = ["javac", "-cp", f"{jars(KAFKA)}/*", "-d", str(to), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return to


def unavailable(reason: str) -> None:
    """Skip the test, or fail it where continuous integration promises that all brokers are there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_broker(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the broker ended with {process.returncode}"
        try:
            admin.list_topics(timeout=1)
        except KafkaException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the broker at {address} did not start within {START_SECONDS} s")
