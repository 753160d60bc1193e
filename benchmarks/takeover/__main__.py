"""`python -m benchmarks.takeover`: how long a killed instance's tasks stand still, with standby copies and without.

A count by key gets `--rows` keys, so that its changelog has as many records. Then one instance is killed (SIGKILL), and
the time taken until its partitions have output again. In it is the session timeout, after which the group notices.
Kafka Streams for Java is measured by the same clock with `--contenders kstream java`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from benchmarks.broker import KafkaBroker
from benchmarks.cache import HERE, kafka_jars
from kstream_cli.processor.partitioners import partition_for_key

PARTITIONS = 6
WAIT_SECONDS = 900.0
STEP_SECONDS = 0.1
EVERY_TASK = [f"0_{partition}" for partition in range(PARTITIONS)]
SESSION_SECONDS = 6
PROBING_SECONDS = 60
"""How often Java's classic assignor looks whether a copy has caught up; it takes no less."""
COMMANDS = {
    "kstream": lambda: [sys.executable, "-m", "benchmarks.takeover.instance"],
    "java": lambda: ["java", "-Xmx1g", "-cp", f"{kafka_jars()}/*", str(HERE / "takeover" / "Count.java")],
}


@dataclass(frozen=True)
class Takeover:
    """What a kill cost. `still` is in seconds, as `starting`: from the assignment of the tasks until they ran."""

    tasks: int
    still: float
    starting: float
    restored: int
    """Records read from the changelogs."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.takeover")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--instances", type=int, nargs="+", default=[2, 3])
    parser.add_argument("--contenders", nargs="+", choices=COMMANDS, default=["kstream"])
    parser.add_argument("--group-protocol", nargs="+", choices=("classic", "streams"), default=["classic"])
    options = parser.parse_args()
    print(f"{options.rows:,} rows in {PARTITIONS} partitions, session timeout {SESSION_SECONDS} s", flush=True)
    with tempfile.TemporaryDirectory(prefix="kstream-takeover-") as directory, KafkaBroker(Path(directory)) as broker:
        cases = product(options.instances, (0, 1), options.group_protocol, options.contenders)
        for instances, standbys, protocol, contender in cases:
            with Bench(broker, Path(directory), standbys, protocol, contender) as bench:
                taken = bench.run(instances, options.rows)
            print(
                f"{contender}, {protocol}, {instances} instances, {standbys} standby replicas: {taken.tasks} tasks "
                f"stood still for {taken.still:.1f} s; {taken.starting:.2f} s of it from their assignment until they "
                f"ran, with {taken.restored:,} records restored",
                flush=True,
            )
    return 0


class Bench:
    """One application, from its first record to the takeover."""

    def __init__(self, broker: KafkaBroker, directory: Path, standbys: int, protocol: str, contender: str) -> None:
        self._name = f"takeover-{uuid.uuid4().hex[:6]}"
        self._broker = broker
        self._directory = directory / self._name
        self._standbys = standbys
        self._protocol = protocol
        self._command = COMMANDS[contender]()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._producer = Producer(
            {"bootstrap.servers": broker.bootstrap, "partitioner": "murmur2_random", "log_level": 0}
        )

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def run(self, instances: int, rows: int) -> Takeover:
        for topic in ("in", "out"):
            self._broker.create_topic(f"{self._name}-{topic}", partitions=PARTITIONS)
        if self._protocol == "streams":
            self._set_standbys()
        self._start()
        self._send(b"%012d" % number for number in range(rows))
        self._await(lambda: self._status(0).get("processed", 0) >= rows, f"{rows:,} rows")
        for _ in range(1, instances):
            self._start()
        self._await(self._is_settled, "settled instances")
        return self._kill()

    def _start(self) -> None:
        directory = self._directory / str(len(self._processes))
        directory.mkdir(parents=True)
        command = [*self._command, self._name, str(directory), json.dumps(self._settings(directory))]
        with (directory / "log").open("wb") as log:
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def _settings(self, directory: Path) -> dict[str, str]:
        settings = {
            "application.id": self._name,
            "bootstrap.servers": self._broker.bootstrap,
            "state.dir": str(directory),
            "commit.interval.ms": "100",
            "auto.offset.reset": "earliest",
            "group.protocol": self._protocol,
        }
        if self._protocol == "streams":  # The rest the broker says.
            return settings
        return settings | {
            "num.standby.replicas": str(self._standbys),
            "consumer.session.timeout.ms": str(SESSION_SECONDS * 1000),
            "consumer.heartbeat.interval.ms": "1000",
            # Java's: new instances first warm up, all tasks at a time here.
            "max.warmup.replicas": str(PARTITIONS),
            "probing.rebalance.interval.ms": str(PROBING_SECONDS * 1000),
        }

    def _set_standbys(self) -> None:
        """By the streams protocol the number of copies is the group's."""
        entry = ConfigEntry(
            "streams.num.standby.replicas", str(self._standbys), incremental_operation=AlterConfigOpType.SET
        )
        resource = ConfigResource(ResourceType.GROUP, self._name, incremental_configs=[entry])
        for answer in self._broker.admin.incremental_alter_configs([resource]).values():
            answer.result(60)

    def _send(self, keys: Any) -> None:
        for key in keys:
            while True:
                try:
                    self._producer.produce(f"{self._name}-in", b"", key)
                    break
                except BufferError:
                    self._producer.poll(STEP_SECONDS)
        self._producer.flush()

    def _is_settled(self) -> bool:
        every = self._statuses()
        copies = [left for status in every for left in status["copies"]] if all(every) else []
        return (
            all(status.get("state") == "RUNNING" and status["running"] for status in every)
            and sorted(task for status in every for task in status["running"]) == EVERY_TASK
            and all(len(status["running"]) >= PARTITIONS // len(every) for status in every)
            and copies == [0] * PARTITIONS * self._standbys
        )

    def _kill(self) -> Takeover:
        """Kill the first instance, and write a record to each partition again and again until all have output."""
        time.sleep(1)
        before = self._statuses()
        moving = [int(task.partition("_")[2]) for task in before[0]["running"]]
        keys = [_key_of(partition) for partition in range(PARTITIONS)]
        consumer = Consumer({"bootstrap.servers": self._broker.bootstrap, "group.id": f"{self._name}-reader"})
        outputs = [TopicPartition(f"{self._name}-out", partition) for partition in moving]
        for output in outputs:
            output.offset = consumer.get_watermark_offsets(output)[1]
        consumer.assign(outputs)
        began = time.monotonic()
        self._processes[0].kill()
        waiting = set(moving)
        while waiting:
            self._send(keys)
            waiting -= {message.partition() for message in consumer.consume(1000, STEP_SECONDS) if not message.error()}
        still = time.monotonic() - began
        consumer.close()
        time.sleep(1)
        after = [self._status(number) for number in range(1, len(before))]
        restored = sum(status["restored"] - old["restored"] for status, old in zip(after, before[1:], strict=True))
        changed = [status["starting"] for status, old in zip(after, before[1:], strict=True) if status != old]
        return Takeover(len(moving), still, max(changed), restored)

    def _statuses(self) -> list[dict[str, Any]]:
        return [self._status(number) for number in range(len(self._processes))]

    def _status(self, number: int) -> dict[str, Any]:
        try:
            status: dict[str, Any] = json.loads((self._directory / str(number) / "status.json").read_text())
        except (OSError, ValueError):
            return {}
        return status

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"no {what} within {WAIT_SECONDS:g} s")
            time.sleep(STEP_SECONDS)


def _key_of(partition: int) -> bytes:
    return next(key for number in range(1000) if partition_for_key(key := b"%012d" % number, PARTITIONS) == partition)


if __name__ == "__main__":
    sys.exit(main())
