"""Emitting on idle over the life of a task: what it commits, what a restart makes of that, and what keeps it back."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from kstream_cli import BufferConfig, Config, EmitStrategy, StreamsBuilder, Suppressed, TimeWindows
from kstream_cli.processor.punctuation import NEVER
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.commit_metadata import decode, encode
from kstream_cli.task.idle_time import IdleTime
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.testing.captured_output import CapturedOutput
from kstream_cli.testing.raw_record import ConsumedRecord
from kstream_cli.topology.subtopologies import Subtopology

CONFIG = Config.from_mapping({"application.id": "app"})
MINUTE = 60_000
IDLE = 10_000
WINDOWS = TimeWindows.of_size(MINUTE)


def by_suppress():
    builder = StreamsBuilder()
    counts = builder.stream("in", key=str, value=str).group_by_key().windowed_by(WINDOWS).count(store="counts")
    suppressed = Suppressed.until_window_closes(BufferConfig.unbounded(), name="final", emit_on_idle=IDLE)
    counts.suppress(suppressed).to_stream(lambda windowed, count: windowed.key).to("out", key=str, value=int)
    return builder.build(CONFIG)


def by_strategy():
    builder = StreamsBuilder()
    windowed = builder.stream("in", key=str, value=str).group_by_key().windowed_by(WINDOWS)
    counts = windowed.emit_strategy(EmitStrategy.on_window_close(emit_on_idle=IDLE)).count(store="counts")
    counts.to_stream(lambda windowed, count: windowed.key).to("out", key=str, value=int)
    return builder.build(CONFIG)


class Instance:
    """A task on one machine after the other: only offsets, their metadata and changelogs go from one to the next."""

    def __init__(self, topology, directory: Path):
        self.topology, self.directory = topology, directory
        self.now = 1_000_000
        self.records: list[ConsumedRecord] = []
        self.committed = {}
        self.changelogs = {}
        self.is_read = True
        self.results = []
        self.number = 0
        self.start()

    def start(self):
        self.number += 1
        self.output = CapturedOutput()
        self.task = StreamTask(
            TaskId(0, 0),
            Subtopology(0, tuple(self.topology.nodes.values()), (), (), ()),
            topology=self.topology,
            config=CONFIG,
            inputs=[("in", 0)],
            producer=self.output,
            clock=lambda: self.now,
            directory=self.directory / str(self.number),
            cache=ThreadCache(1_000_000),
            is_read=lambda inputs: self.is_read,
        )
        self.task.open()
        for store, changelog in self.task.changelogs.items():
            written = self.changelogs.get(changelog.topic, [])
            self.task.restore(store, written, len(written))
        self.task.start(self.committed)
        self.read_to = self.committed.get(("in", 0), (0, None))[0]

    def pipe(self, key, at):
        self.records.append(ConsumedRecord("in", key.encode(), b"x", at, offset=len(self.records)))

    def step(self):
        """What a stream thread does between two polls."""
        self.task.add_records("in", 0, self.records[self.read_to :])
        self.read_to = len(self.records)
        while self.task.process(100):
            pass
        self.task.punctuate()

    def commit(self):
        """Exactly once: results, changelogs and offsets stand together."""
        if not self.task.commit_needed:
            return
        offsets = self.task.prepare_commit()
        self.task.check_sends()
        for record in self.output.records:
            if record.topic == "out":
                self.results.append((record.key.decode(), int.from_bytes(record.value, "big")))
            else:
                row = (record.key, record.value, record.timestamp or 0)
                self.changelogs.setdefault(record.topic, []).append(row)
        self.output.records.clear()
        self.committed.update(offsets)
        self.task.post_commit({}, offsets)

    def wait(self, ms):
        self.now += ms
        self.step()

    def move(self):
        """Crash here and go on elsewhere: what was not committed is gone."""
        self.task.close()
        self.start()

    def numbers(self):
        return decode(self.committed["in", 0][1])[1]


@pytest.fixture(params=[by_suppress, by_strategy])
def instance(request, tmp_path):
    made = Instance(request.param(), tmp_path)
    yield made
    made.task.close()


def seen(instance):
    instance.commit()
    found, instance.results = instance.results, []
    return found


def test_a_window_that_was_emitted_and_committed_does_not_come_again(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.wait(MINUTE)
    assert seen(instance) == [("a", 1)]
    instance.move()
    instance.wait(MINUTE)
    assert seen(instance) == []


def test_a_record_for_it_is_late_after_a_restart_too(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.wait(MINUTE)
    assert seen(instance) == [("a", 1)]
    instance.move()
    instance.pipe("a", 1)
    instance.pipe("a", 3 * MINUTE)
    instance.step()
    assert instance.task.context.drops.total == 1
    instance.wait(MINUTE)
    assert seen(instance) == [("a", 1)]
    assert instance.task.context.drops.total == 1


def test_what_was_emitted_and_not_committed_comes_again(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.commit()
    instance.wait(MINUTE)
    instance.move()
    instance.step()
    assert seen(instance) == [("a", 1)]


def test_a_restart_does_not_start_the_wait_anew(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.commit()
    instance.wait(MINUTE - 2_000)
    instance.move()
    instance.wait(1_999)
    assert seen(instance) == []
    instance.wait(1)
    assert seen(instance) == [("a", 1)]


def test_the_time_for_which_it_was_down_counts(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.commit()
    instance.now += 10 * MINUTE
    instance.move()
    instance.step()
    assert seen(instance) == [("a", 1)]


def test_records_that_came_while_it_was_down_come_first(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.commit()
    instance.now += 10 * MINUTE
    instance.pipe("a", 59_000)
    instance.move()
    instance.is_read = False
    instance.task.punctuate()
    instance.is_read = True
    instance.step()
    assert seen(instance) == []
    instance.wait(MINUTE)
    assert seen(instance) == [("a", 2)]


def test_nothing_is_emitted_while_the_brokers_have_more_or_cannot_tell(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.is_read = False
    instance.wait(10 * MINUTE)
    instance.wait(10 * MINUTE)
    assert seen(instance) == []
    instance.is_read = True
    instance.wait(1_000)
    assert seen(instance) == [("a", 1)]


def test_nothing_is_emitted_while_records_wait_in_the_task(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.pipe("b", 2 * MINUTE)
    instance.now += 5 * MINUTE
    instance.task.add_records("in", 0, instance.records[1:])
    assert not instance.task.punctuate()
    assert instance.output.records == []


def test_what_may_come_from_above_is_waited_for():
    """Node b is below node a: it has something due, but a holds something that is not."""
    now, emitted = 100, []
    holds = {"a": 1000, "b": 5}

    def emission(node):
        def emit(time):
            emitted.append((node, time))
            holds[node] = NEVER
            return 1

        return SimpleNamespace(
            node=node,
            store=node,
            wait_ms=10,
            emitted=0,
            due=lambda: holds[node],
            stream_time=lambda: 0,
            resume=lambda time: None,
            emit=emit,
        )

    context = SimpleNamespace(now=lambda: now, stream_time=0, metadata={})
    nodes = [SimpleNamespace(name="a", parents=()), SimpleNamespace(name="b", parents=("a",))]
    group = SimpleNamespace(total_buffered=lambda: 0)
    made = [emission("a"), emission("b")]
    idle = IdleTime(made, context, nodes, group, is_read=lambda: True, flush=lambda: None)
    idle.resume()
    idle.processed()
    now = 200
    assert not idle.run(lambda schedule, time: schedule.punctuator(time))
    now = 1100
    assert idle.run(lambda schedule, time: schedule.punctuator(time))
    assert emitted == [("a", 1000), ("b", 1000)]


def test_windows_from_before_it_was_switched_on_come_out_too(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.commit()
    instance.committed["in", 0] = (1, encode(0, {}))
    instance.move()
    instance.wait(MINUTE)
    assert seen(instance) == [("a", 1)]


def test_an_idle_task_commits_nothing_while_nothing_comes_out(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.wait(MINUTE)
    seen(instance)
    for _ in range(5):
        instance.wait(MINUTE)
        assert not instance.task.commit_needed


def test_a_clock_that_is_behind_after_a_move_only_makes_it_wait(instance):
    instance.pipe("a", 0)
    instance.step()
    instance.commit()
    instance.now -= 5 * MINUTE
    instance.move()
    instance.wait(5 * MINUTE)
    assert seen(instance) == []
    instance.wait(MINUTE)
    assert seen(instance) == [("a", 1)]


def test_times_are_committed_under_the_names_of_stores(instance):
    instance.pipe("a", 5_000)
    instance.step()
    instance.commit()
    numbers = instance.numbers()
    store = next(name for name in ("final-store", "counts") if f"{name}/stream-time" in numbers)
    assert numbers["emit-on-idle"] == 1_000_000
    assert numbers[f"{store}/stream-time"] == 5_000
    assert numbers[f"{store}/behind-wall-clock"] == 995_000
