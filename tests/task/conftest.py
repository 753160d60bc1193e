"""A task by itself: a topology, a producer that keeps what it gets, and a clock that a test sets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kstream_cli import Config
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.testing.captured_output import CapturedOutput
from kstream_cli.testing.raw_record import ConsumedRecord
from kstream_cli.topology.subtopologies import Subtopology

sys.path.insert(0, str(Path(__file__).parent))
from read_records import Run


class TaskUnderTest:
    """A started task with what surrounds it."""

    def __init__(
        self,
        topology,
        directory,
        *,
        inputs=(("in", 0),),
        config=None,
        committed=None,
        producer=None,
        lag=None,
        cache_bytes=0,
        gathered=list,
    ):
        self.time = 0
        self.gathered = gathered
        self.producer = producer or CapturedOutput()
        options = {} if lag is None else {"lag": lag}
        self.task = StreamTask(
            TaskId(0, 0),
            Subtopology(0, tuple(topology.nodes.values()), (), (), ()),
            topology=topology,
            config=Config.from_mapping({"application.id": "app", **(config or {})}),
            inputs=inputs,
            producer=self.producer,
            clock=lambda: self.time,
            directory=directory,
            cache=ThreadCache(cache_bytes),
            **options,
        )
        self.task.open()
        self.task.start(committed)
        self.offsets = {}

    def add(self, *values, topic="in", key=b"k", at=None):
        """Append records; each is stamped with its offset, or with `at`."""
        records = []
        for value in values:
            offset = self.offsets.get(topic, 0)
            self.offsets[topic] = offset + 1
            data = None if value is None else value.encode()
            records.append(ConsumedRecord(topic, key, data, offset if at is None else at, offset=offset))
        return self.task.add_records(topic, 0, self.gathered(records))

    def written(self):
        """(topic, value) of each record produced so far."""
        return [(record.topic, (record.value or b"").decode()) for record in self.producer.records]


@pytest.fixture(params=[list, Run], ids=["taken", "read"])
def run_task(tmp_path, request):
    """Makes a started task of a topology, fed as by confluent-kafka's consumer or by the native one."""
    made = []

    def make(topology, **options):
        made.append(TaskUnderTest(topology, tmp_path, gathered=request.param, **options))
        return made[-1]

    yield make
    for under_test in made:
        under_test.task.close()
