"""Whatever the batches, the stores, the cache and the restarts: the final state is the same."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kstream_cli import Config, Materialized, StreamsBuilder, TimeWindows
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.testing.captured_output import CapturedOutput
from kstream_cli.testing.raw_record import ConsumedRecord
from kstream_cli.topology.subtopologies import Subtopology

CONFIG = Config.from_mapping({"application.id": "app", "default.key.serde": str, "default.value.serde": str})

RECORDS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 60)), max_size=25)
STEPS = st.lists(st.one_of(st.integers(1, 5), st.sampled_from(["commit", "stop", "kill"])), max_size=12)


def append(key, value, seen):
    """Changes its aggregate in place, as Python users do."""
    seen.append(value)
    return seen


def topology(store_type):
    def store(name, **options):
        return Materialized(name, store_type=store_type, **options)

    builder = StreamsBuilder()
    grouped = builder.stream("in").group_by_key()
    grouped.count(store=store("counts"))
    grouped.aggregate(list, append, store=store("seen"), value=list[str])
    # No record is late: which ones are is up to each operator's clock, which starts anew with its task, as in Java.
    grouped.windowed_by(TimeWindows.of_size(20).grace(1000)).count(store=store("windowed", retention=2000))
    return builder.build(CONFIG)


class Application:
    """One task over its restarts, with a transaction's worth of memory: what was not committed was never written."""

    def __init__(self, records, store_type, cache_bytes, directory):
        self.records = [
            ConsumedRecord("in", key.encode(), value.encode(), time, offset=offset)
            for offset, (key, value, time) in enumerate(records)
        ]
        self.topology = topology(store_type)
        self.cache_bytes = cache_bytes
        self.directory = directory
        self.committed = {}
        self.logged = {}
        self.start()

    def start(self):
        self.output = CapturedOutput()
        self.task = StreamTask(
            TaskId(0, 0),
            Subtopology(0, tuple(self.topology.nodes.values()), (), (), ()),
            topology=self.topology,
            config=CONFIG,
            inputs=[("in", 0)],
            producer=self.output,
            clock=lambda: 0,
            directory=self.directory,
            cache=ThreadCache(self.cache_bytes),
        )
        self.task.open()
        for store, changelog in self.task.changelogs.items():
            written = self.logged.get(changelog.topic, [])
            self.task.restore(store, written[self.task.restore_from(store) or 0 :], len(written))
        self.task.start(self.committed)
        offset = self.committed.get(("in", 0), (0, None))[0]
        self.task.add_records("in", 0, self.records[offset:])

    def take(self, step):
        if isinstance(step, int):
            self.task.process(step)
        elif step == "commit":
            self.commit()
        else:
            if step == "stop":
                self.commit()
            self.task.close()
            self.start()

    def commit(self):
        offsets = self.task.prepare_commit()
        for record in self.output.records:
            self.logged.setdefault(record.topic, []).append((record.key, record.value, record.timestamp))
        self.output.records.clear()
        self.committed.update(offsets)
        ends = {store: len(self.logged.get(log.topic, [])) for store, log in self.task.changelogs.items()}
        self.task.post_commit(ends, offsets)

    def finish(self):
        self.task.process(len(self.records))
        self.commit()
        contents = {}
        stores: Mapping[str, Any] = self.task.stores
        for name, store in stores.items():
            with store.all() as rows:
                contents[name] = sorted(rows)  # A window store in memory gives its rows by time, one on disk by key.
        self.task.close()
        return contents


def final_state(records, store_type, cache_bytes, steps):
    with tempfile.TemporaryDirectory() as directory:
        application = Application(records, store_type, cache_bytes, Path(directory))
        for step in steps:
            application.take(step)
        return application.finish()


@pytest.mark.parametrize("cache_bytes", [0, 1 << 20])
@pytest.mark.parametrize("store_type", ["in_memory", "rocksdb"])
@settings(max_examples=8)
@given(records=RECORDS, steps=STEPS)
def test_state_does_not_depend_on_batches_commits_stops_and_kills(store_type, cache_bytes, records, steps):
    assert final_state(records, store_type, cache_bytes, steps) == final_state(records, "in_memory", 0, [])
