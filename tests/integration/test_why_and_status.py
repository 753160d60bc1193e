"""`kstream why` and `status` against a real broker: each cause is provoked and named."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from confluent_kafka import Producer

pytestmark = pytest.mark.kafka

MODULE = """
from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindows

config = {{"application.id": "{application}", "commit.interval.ms": 100, "processing.guarantee": "exactly_once_v2"}}
builder = StreamsBuilder()
(
    builder.stream("{source}", key=str, value=str)
    .group_by_key()
    .windowed_by(TimeWindows.of_size(60_000).grace(0))
    .count(store="counts")
    .suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="held"))
    .to_stream(lambda windowed, count: windowed.key)
    .to("{sink}", key=str, value=int)
)
"""


@pytest.fixture
def names(unique):
    return {"source": unique("in"), "sink": unique("out"), "application": unique("why")}


@pytest.fixture
def kstream(kafka, tmp_path, names):
    (tmp_path / "app.py").write_text(MODULE.format(**names))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kstream_cli", *arguments, "-b", kafka]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def running(kafka, tmp_path):
    """The application in a process of its own, once it is started."""
    started = []

    def start():
        command = [sys.executable, "-m", "kstream_cli", "run", "app.py", "-b", kafka]
        started.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


def cause(kstream):
    done = kstream("why", "app.py", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["cause"]


def await_cause(kstream, expected, *, after=()):
    """Asks until the expected cause is named; until then only those of before may be."""
    seen, deadline = [], time.monotonic() + 60
    while (found := cause(kstream)) != expected:
        seen.append(found)
        assert time.monotonic() < deadline, f"{expected} was not named, but {seen}"
    assert set(seen) <= {"rebalancing", "not known", *after}


def test_causes_are_named_from_the_first_start_on(kafka, kstream, running, names):
    assert cause(kstream) == "source topic missing"
    assert kstream("topics", "create", "app.py").returncode == 0
    assert cause(kstream) == "not running"
    running()
    await_cause(kstream, "no input", after=["not running"])
    assert kstream("send", names["source"], "-m", "app.py", "a:x").returncode == 0
    await_cause(kstream, "suppress holds results", after=["no input"])
    status = json.loads(kstream("status", "app.py", "--json").stdout)
    assert (status["runs"], status["state"], status["inputs"][0]["lag"]) == (True, "Stable", 0)
    assert status["members"][0]["tasks"] == ["0_0"]
    producer = Producer({"bootstrap.servers": kafka, "transactional.id": names["application"] + "-left-open"})
    producer.init_transactions(30)
    producer.begin_transaction()
    long_ago = int(time.time() * 1000) - 60_000
    producer.produce(names["source"], key=b"a", value=b"x", timestamp=long_ago)
    producer.flush(30)
    await_cause(kstream, "transaction left open", after=["suppress holds results"])
    producer.abort_transaction(30)
    await_cause(kstream, "suppress holds results", after=["transaction left open"])


def test_a_broker_that_is_away_is_named_in_time(kstream, tmp_path):
    command = [sys.executable, "-m", "kstream_cli", "why", "app.py", "-b", "127.0.0.1:1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert (done.returncode, "127.0.0.1:1" in done.stdout) == (0, True)
