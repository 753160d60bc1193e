"""Applications that go to and fro between Java and Python: topologies of all kinds, each written in both languages.

`python tests/integration/moved_applications.py` moves all of them, with local state kept and thrown away at each move,
at least once and exactly once, in both store formats, and compares with Java that goes through the same rounds alone.
MovedApplications.java is in Java what this file is in Python.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from apache_kafka import apache_kafka, start_java
from cluster import Cluster
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from kstream_cli import (
    BufferConfig,
    EmitStrategy,
    JoinWindows,
    KafkaStreams,
    Materialized,
    Processor,
    SessionWindows,
    SlidingWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    TopologyTestDriver,
    ValueTimestampHeaders,
    Windowed,
)

LANGUAGES = ("java", "python", "java", "python")
RECORDS_A_ROUND = 12
SETTINGS = {
    "commit.interval.ms": 2_000,
    "statestore.cache.max.bytes": 0,
    "max.task.idle.ms": 500,
    "num.stream.threads": 1,
    "__emit.interval.ms.kstreams.windowed.aggregation__": 0,
    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__": 0,
    "consumer.session.timeout.ms": 10_000,
    "consumer.heartbeat.interval.ms": 1_000,
}
FORMATS = ("DEFAULT", "HEADERS")
QUIET_LOOKS = 5
"""So many looks at the output, one a second, find nothing new before it is taken to be all."""


class Step(NamedTuple):
    """One record of the input; `role` is the last word of its topic's name."""

    role: str
    key: str
    value: str
    timestamp: int
    number: int


class Application:
    """One topology, given its topics by their roles."""

    def __init__(self, name: str, prefix: str) -> None:
        self.name = name
        self.prefix = f"{prefix}-{name}-"
        self.builder = StreamsBuilder()

    def topic(self, role: str) -> str:
        return self.prefix + role

    def stream(self, role: str = "in") -> Any:
        return self.builder.stream(self.topic(role), key=str, value=str)

    def grouped(self, role: str = "in") -> Any:
        return self.stream(role).group_by_key()

    def table(self, role: str) -> Any:
        return self.builder.table(self.topic(role), key=str, value=str, store=f"{role}-rows")

    def out(self, stream: Any) -> None:
        text = stream.map_values(lambda value: None if value is None else str(value), value=str)
        text.to(self.topic("out"), key=str, value=str)

    def windows(self, table: Any) -> None:
        self.out(table.to_stream().map(_with_window, key=str))


def _with_window(key: Any, value: Any) -> tuple[str, Any]:
    return f"{key.key}@{key.window.start}-{key.window.end}", value


def pair(left: Any, right: Any) -> str:
    return f"{'null' if left is None else left}+{'null' if right is None else right}"


NEAR = JoinWindows.of_time_difference(100).grace(50)


def count(app: Application) -> None:
    words = app.stream().group_by(lambda key, value: value, name="words", key=str, value=str)
    app.out(words.count(store="counts").to_stream())


def reduce(app: Application) -> None:
    table = app.grouped().reduce(lambda kept, new: None if new == "x" else kept + new, store="texts")
    app.out(table.to_stream())


def aggregate(app: Application) -> None:
    table = app.grouped().aggregate(str, lambda key, value, kept: f"{key}{value}{len(kept)}", store="texts", value=str)
    app.out(table.to_stream())


def hopping(app: Application) -> None:
    windows = TimeWindows.of_size(200).grace(100).advance_by(50)
    app.windows(app.grouped().windowed_by(windows).count(store="counts"))


def closing(app: Application) -> None:
    windows = app.grouped().windowed_by(TimeWindows.of_size(100).grace(20))
    app.windows(windows.emit_strategy(EmitStrategy.on_window_close()).count(store="counts"))


def sliding(app: Application) -> None:
    windows = SlidingWindows.of_time_difference(100).grace(100)
    app.windows(app.grouped().windowed_by(windows).count(store="counts"))


def sessions(app: Application) -> None:
    windows = SessionWindows.of_inactivity_gap(60).grace(100)
    app.windows(app.grouped().windowed_by(windows).reduce(lambda kept, new: kept + new, store="texts"))


def closing_sessions(app: Application) -> None:
    windows = app.grouped().windowed_by(SessionWindows.of_inactivity_gap(20).grace(20))
    app.windows(windows.emit_strategy(EmitStrategy.on_window_close()).count(store="counts"))


def suppressed(app: Application) -> None:
    counts = app.grouped().windowed_by(TimeWindows.of_size(100).grace(20)).count(store="counts")
    app.windows(counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="held")))


def limited(app: Application) -> None:
    buffer = BufferConfig.max_records(4).emit_early_when_full()
    app.out(app.table("in").suppress(Suppressed.until_time_limit(150, buffer, name="held")).to_stream())


def streams(app: Application, kind: str) -> None:
    app.out(getattr(app.stream("left"), kind)(app.stream("right"), pair, NEAR, store="near"))


def stream_table(app: Application) -> None:
    app.out(app.stream("left").left_join(app.table("right"), pair))


def tables_outer(app: Application) -> None:
    app.out(app.table("left").outer_join(app.table("right"), pair, store="both", value=str).to_stream())


def foreign_key(app: Application) -> None:
    rows = app.table("left").left_join(
        app.table("right"), pair, foreign_key=lambda value: value, name="fk", store="both", value=str
    )
    app.out(rows.to_stream())


def global_table(app: Application) -> None:
    rows = app.builder.global_table(app.topic("right"), key=str, value=str, store="all")
    app.out(app.stream("left").left_join(rows, pair, selector=lambda key, value: value))


def versioned(app: Application) -> None:
    history = Materialized(supplier=Stores.versioned("history", history_retention=2000))
    table = app.builder.table(app.topic("right"), key=str, value=str, store=history)
    app.out(app.stream("left").left_join(table, pair, name="late", grace=100))


def cogrouped(app: Application) -> None:
    app.windows(
        app.grouped("left")
        .cogroup(lambda key, value, kept: kept + value)
        .cogroup(app.grouped("right"), lambda key, value, kept: kept + value.upper())
        .windowed_by(TimeWindows.of_size(300).grace(100))
        .aggregate(str, store="texts", value=str)
    )


class Keep(Processor):
    """Says what its stores have of a record's key, and puts the record into each."""

    def init(self, context: Any) -> None:
        self.context = context
        self.kv, self.win, self.ses = (context.store(name) for name in ("kv", "win", "ses"))

    def process(self, record: Any) -> None:
        start = record.timestamp // 100 * 100
        row, before = self.kv.get(record.key), self.win.fetch(record.key, start)
        said = ["none" if row is None else f"{row.value}{row.timestamp}{dict(row.headers)['step'].decode()}"]
        said.append("null" if before is None else before)
        with self.ses.fetch(record.key) as found:
            said += [f"{session.start}{value}" for session, value in found]
        self.kv.put(record.key, ValueTimestampHeaders(record.value, record.timestamp, record.headers))
        self.win.put(record.key, record.value, start)
        self.ses.put(Windowed(record.key, start, start + 50), record.value)
        self.context.forward(record.with_value("|".join(said)))


def processors(app: Application) -> None:
    parts = app.stream().split("part-").branch(lambda key, value: value == "x", name="x").default_branch(name="rest")
    again = parts["part-rest"].repartition(name="again", key=str, value=str, partitions=1)
    app.builder.add_state_store(Stores.key_value("kv", key=str, value=str, headers=True))
    app.builder.add_state_store(Stores.window("win", retention=1000, window_size=100, key=str, value=str))
    app.builder.add_state_store(Stores.session("ses", retention=1000, key=str, value=str))
    app.out(again.process(Keep, stores=("kv", "win", "ses")))
    parts["part-x"].to_table(store=Materialized(name="xs", key=str, value=str)).to_stream().to(app.topic("xs"))


ONE, TWO = ("in",), ("left", "right")
BUILD: dict[str, tuple[Callable[[Application], None], tuple[str, ...]]] = {
    "count": (count, ONE),
    "reduce": (reduce, ONE),
    "aggregate": (aggregate, ONE),
    "hopping": (hopping, ONE),
    "closing": (closing, ONE),
    "sliding": (sliding, ONE),
    "sessions": (sessions, ONE),
    "closing_sessions": (closing_sessions, ONE),
    "suppressed": (suppressed, ONE),
    "limited": (limited, ONE),
    "streams_inner": (partial(streams, kind="join"), TWO),
    "streams_left": (partial(streams, kind="left_join"), TWO),
    "streams_outer": (partial(streams, kind="outer_join"), TWO),
    "stream_table": (stream_table, TWO),
    "tables_outer": (tables_outer, TWO),
    "foreign_key": (foreign_key, TWO),
    "global_table": (global_table, TWO),
    "versioned": (versioned, TWO),
    "cogrouped": (cogrouped, TWO),
    "processors": (processors, ONE),
}
NAMES = tuple(BUILD)


BASE = int(time.time()) // 3600 * 3_600_000
"""Where the records' times begin: a broker would delete old ones."""


def rounds_of(name: str) -> list[list[Step]]:
    """The input of each round: times go on, out of order by a little where there is one topic."""
    chosen, roles = random.Random(name), BUILD[name][1]
    values = "abc" if name in ("foreign_key", "global_table") else "xyzw"
    steps, now = [], BASE
    for number in range(RECORDS_A_ROUND * len(LANGUAGES)):
        now += chosen.randrange(3, 60)
        late = chosen.randrange(70) if len(roles) == 1 and chosen.random() < 0.2 else 0
        role = chosen.choice(roles)
        if name == "global_table":
            role = (
                "right" if number < 6 else "left"
            )  # It is read whole, and by the time it was written, at a start only.
        key = chosen.choice("abc")
        steps.append(Step(role, key, chosen.choice(values) + (key if role == "right" else ""), now - late, number))
    return [steps[at : at + RECORDS_A_ROUND] for at in range(0, len(steps), RECORDS_A_ROUND)]


Row = tuple[Any, ...]
"""(role, key, value, timestamp, headers)"""
Rounds = list[dict[str, list[Row]]]
"""What each application has written after each round."""


def driver_rounds(names: tuple[str, ...], store_format: str) -> Rounds:
    """What the test driver writes, which is given all records in order and never starts again."""
    rows = {name: _driven(name, SETTINGS | {"max.task.idle.ms": 0, "dsl.store.format": store_format}) for name in names}
    return [{name: rows[name][number] for name in names} for number in range(len(LANGUAGES))]


def _driven(name: str, settings: dict[str, Any]) -> list[list[Row]]:
    prefix = "driven"
    app = Application(name, prefix)
    BUILD[name][0](app)
    topology = app.builder.build(settings)
    rows: list[list[Row]] = []
    with TopologyTestDriver(topology, settings) as driver:
        for steps in rounds_of(name):
            for step in steps:
                headers = (("step", str(step.number).encode()),)
                driver.pipe_raw(app.topic(step.role), step.key.encode(), step.value.encode(), step.timestamp, headers)
            rows.append(
                [
                    _row(app.prefix, each.topic, each.key, each.value, each.timestamp, each.headers)
                    for each in driver.produced
                    if each.topic in (app.topic("out"), app.topic("xs"))
                ]
            )
    return rows


def _row(prefix: str, topic: str, key: bytes, value: bytes | None, timestamp: int, headers: Any) -> Row:
    return topic.removeprefix(prefix), key, value, timestamp, tuple((name, content) for name, content in headers or ())


class Java:
    """A Java process that runs some of the applications at a time, as MovedApplications.java."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._process = start_java("MovedApplications.java", says=subprocess.PIPE, errors=self._log)

    def start(self, *arguments: str) -> None:
        self._tell("start", *arguments)

    def stop(self) -> None:
        """Close the applications that run; they leave their groups."""
        self._tell("stop")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(120)
        self._log.close()

    def _tell(self, *words: str) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\t".join(words).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"done\n", Path(self._log.name).read_text()[-3000:]


@dataclass
class Moves:
    """Some applications on one cluster, started in one language after the other."""

    cluster: Cluster
    java: Java
    names: tuple[str, ...]
    directory: Path
    keeps_state: bool = True
    guarantee: str = "at_least_once"
    store_format: str = "DEFAULT"
    seconds: float = 240

    def __post_init__(self) -> None:
        self.prefix = f"moved{uuid4().hex[:6]}"
        self.settings = SETTINGS | {
            "bootstrap.servers": self.cluster.address,
            "processing.guarantee": self.guarantee,
            "dsl.store.format": self.store_format,
        }

    def run(self, languages: tuple[str, ...] = LANGUAGES, expected: Rounds | None = None) -> Rounds:
        """Go through all rounds. A round ends when all is committed, and as expected or nothing more comes."""
        topics = {f"{self.prefix}-{name}-{role}": 1 for name in self.names for role in (*BUILD[name][1], "out")}
        if "processors" in self.names:
            topics[f"{self.prefix}-processors-xs"] = 1
        self.cluster.create_topics(**topics)
        found: Rounds = []
        with self._written() as written:
            for number, language in enumerate(languages):
                self._produce(number)
                state = self.directory / self._state(number, languages)
                with self._java(state) if language == "java" else self._python(state):
                    self._await(written, None if expected is None else expected[number], number)
                found.append({name: list(rows) for name, rows in written().items()})
        return found

    def _state(self, number: int, languages: tuple[str, ...]) -> str:
        """Both languages share a directory, and neither reads the other's state. So Java alone has two, in turn."""
        if not self.keeps_state:
            return f"state-{number}"
        return "state" if len(set(languages)) > 1 else f"state-{number % 2}"

    def _produce(self, number: int) -> None:
        producer = Producer({"bootstrap.servers": self.cluster.address, "log_level": 0})
        for name in self.names:
            for step in rounds_of(name)[number]:
                producer.poll(0)
                producer.produce(
                    f"{self.prefix}-{name}-{step.role}",
                    step.value,
                    step.key,
                    timestamp=step.timestamp,
                    headers=[("step", str(step.number).encode())],
                )
        assert producer.flush(30) == 0

    def _await(
        self, written: Callable[[], dict[str, list[Row]]], expected: dict[str, list[Row]] | None, number: int
    ) -> None:
        """Until all input is committed and all output there, or none comes any more."""
        deadline = time.monotonic() + self.seconds
        quiet, last = 0, -1
        while time.monotonic() < deadline:
            found = written()
            count = sum(map(len, found.values()))
            is_committed = self._is_committed(number)
            quiet = quiet + 1 if is_committed and count == last else 0
            last = count
            if (
                is_committed
                and expected is not None
                and all(_same(name, found[name], expected[name]) for name in found)
            ):
                return
            if quiet > QUIET_LOOKS:
                return
            time.sleep(1)
        raise AssertionError(f"round {number + 1} was not committed within {self.seconds:.0f} s")

    def _is_committed(self, number: int) -> bool:
        for name in self.names:
            done = [step.role for steps in rounds_of(name)[: number + 1] for step in steps]
            for role in BUILD[name][1]:
                if name == "global_table" and role == "right":
                    continue
                topic = f"{self.prefix}-{name}-{role}"
                try:
                    committed = self.cluster.committed(f"{self.prefix}-{name}", topic)
                except KafkaException:  # A machine that does much else at the time is asked again.
                    return False
                if committed != {0: done.count(role)} and done.count(role):
                    return False
        return True

    @contextmanager
    def _written(self) -> Iterator[Callable[[], dict[str, list[Row]]]]:
        """A function that gives all that the applications have written up to now."""
        topics = [f"{self.prefix}-{name}-out" for name in self.names]
        topics += [f"{self.prefix}-processors-xs"] if "processors" in self.names else []
        consumer = Consumer(
            {
                "bootstrap.servers": self.cluster.address,
                "group.id": uuid4().hex,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
            }
        )
        consumer.assign([TopicPartition(topic, 0, 0) for topic in topics])
        found: dict[str, list[Row]] = {name: [] for name in self.names}

        def written() -> dict[str, list[Row]]:
            while messages := consumer.consume(1000, 0.5):
                for message in messages:
                    assert message.error() is None, message.error()
                    name = message.topic().removeprefix(f"{self.prefix}-").rpartition("-")[0]
                    found[name].append(
                        _row(
                            f"{self.prefix}-{name}-",
                            message.topic(),
                            message.key(),
                            message.value(),
                            message.timestamp()[1],
                            message.headers(),
                        )
                    )
            return found

        try:
            yield written
        finally:
            consumer.close()

    @contextmanager
    def _java(self, state: Path) -> Iterator[None]:
        given = [f"{name}={value}" for name, value in (self.settings | {"state.dir": state}).items()]
        self.java.start(self.prefix, ",".join(self.names), *given, "group.protocol=classic")
        try:
            yield
        finally:
            self.java.stop()

    @contextmanager
    def _python(self, state: Path) -> Iterator[None]:
        with ExitStack() as stack:
            for name in self.names:
                settings = self.settings | {"application.id": f"{self.prefix}-{name}", "state.dir": state}
                app = Application(name, self.prefix)
                BUILD[name][0](app)
                running = stack.enter_context(KafkaStreams(app.builder.build(settings), settings))
                running.start()
            yield


def differences(found: Rounds, expected: Rounds, *, restarted: bool = False) -> list[str]:
    """What is not as expected, in words; `restarted`: what is expected comes from as many starts."""
    return [
        f"{name}, round {number + 1} ({language}): {_difference(rows[name], wanted[name])}"
        for number, (language, rows, wanted) in enumerate(zip(LANGUAGES, found, expected, strict=True))
        for name in rows
        if not _same(name, rows[name], wanted[name], restarted=restarted) and (name not in LATE or rows is found[-1])
    ]


HELD = ("streams_left", "streams_outer")
"""What is held for a match goes out by the first record after a start, as the join's clock is not restored, in Java
neither. So another record may set it off than without a restart."""


LATE = ("versioned",)
"""Java restores the buffer of a stream-table join with grace under wrong keys, and joins all that comes afterwards at
once. So what was buffered at a move to Java comes with the move back, and only all of it together can be compared."""


def _same(name: str, found: list[Row], expected: list[Row], *, restarted: bool = False) -> bool:
    """Whether the same was written; of a foreign-key join, whose two ways race, whether it came to the same."""
    if name == "foreign_key":
        return _last(found) == _last(expected)
    if name in LATE:
        return sorted(found) == sorted(expected)
    if name in HELD and not restarted:
        return sorted(row[:4] for row in found) == sorted(row[:4] for row in expected)
    return sorted(found, key=_topic) == sorted(expected, key=_topic)


def _topic(row: Row) -> str:
    return str(row[0])


def _last(rows: list[Row]) -> dict[Any, Any]:
    return {key: value for _, key, value, _, _ in rows}


def _difference(found: list[Row], expected: list[Row]) -> str:
    found, expected = sorted(found, key=_topic), sorted(expected, key=_topic)
    at = next((number for number, (one, other) in enumerate(zip(found, expected, strict=False)) if one != other), None)
    at = min(len(found), len(expected)) if at is None else at
    return f"{len(found)} rows of {len(expected)}; row {at} is {found[at : at + 2]}, not {expected[at : at + 2]}"


def main(names: tuple[str, ...]) -> int:
    """Each move beside the same rounds in Java only, which Java's own losses at a start are seen in as well."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "broker").mkdir()
        with apache_kafka(directory / "broker") as address:
            java = Java(directory / "java.log")
            for guarantee in ("at_least_once", "exactly_once_v2"):
                for keeps_state in (True, False):
                    for store_format in FORMATS:
                        began = time.monotonic()
                        moves = [
                            Moves(Cluster(address), java, names, directory / each, keeps_state, guarantee, store_format)
                            for each in ("only", "moved")
                        ]
                        expected = moves[0].run(("java",) * len(LANGUAGES))
                        for rows, driven in zip(expected, driver_rounds(LATE, store_format), strict=True):
                            rows.update((name, driven[name]) for name in LATE if name in names)
                        wrong = differences(moves[1].run(expected=expected), expected, restarted=True)
                        for each in moves:
                            shutil.rmtree(each.directory, ignore_errors=True)
                        kept = "kept" if keeps_state else "empty"
                        took = time.monotonic() - began
                        print(
                            f"{guarantee}, state {kept}, {store_format}: {len(wrong)} differences, {took:.0f} s",
                            flush=True,
                        )
                        for line in wrong:
                            print(f"  {line}", flush=True)
                        failed += len(wrong)
            java.close()
    return failed


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:]) or NAMES) > 0)
