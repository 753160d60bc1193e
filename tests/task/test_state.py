"""A task's stores: connected, logged, restored, committed."""

from typing import Any

import pytest

from kstream_cli import Config, Stores, Topology
from kstream_cli.errors import ProcessingError
from kstream_cli.task.standby_task import StandbyTask
from kstream_cli.task.state_manager import Changelog
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.testing.captured_output import CapturedOutput
from kstream_cli.topology.subtopologies import Subtopology

COUNTS = "counts"


def count(record, context):
    counts = context.store(COUNTS)
    counts.put(record.key, (counts.get(record.key) or 0) + 1)
    context.forward(record)


def counting(*, persistent=True, logging=True, connected=True):
    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", count, parents="src")
    store = Stores.key_value(COUNTS, key=str, value=int, persistent=persistent, logging=logging)
    return topology.add_state_store(store, *(("p",) if connected else ()))


def long(number):
    return number.to_bytes(8, "big")


def changes(under_test):
    return [(record.key, record.value, record.timestamp) for record in under_test.producer.records]


def test_changes_go_to_the_changelog_with_the_records_time(run_task):
    under_test = run_task(counting())
    under_test.add("x", at=5)
    under_test.add("x", at=9)
    under_test.task.process(10)
    under_test.task.prepare_commit()
    assert under_test.producer.records[0].topic == "app-counts-changelog"
    assert changes(under_test)[-1] == (b"k", long(2), 9)


def test_a_changelog_is_written_to_the_tasks_own_partition(run_task):
    under_test = run_task(counting())
    assert under_test.task.changelogs == {COUNTS: Changelog(COUNTS, "app-counts-changelog", 0)}


def test_a_store_without_logging_has_no_changelog(run_task):
    under_test = run_task(counting(logging=False))
    under_test.add("x")
    under_test.task.process(1)
    under_test.task.prepare_commit()
    assert under_test.task.changelogs == {}
    assert changes(under_test) == []


def test_a_store_that_is_not_connected_names_the_processor_and_the_remedy(run_task):
    under_test = run_task(counting(connected=False))
    under_test.add("x")
    with pytest.raises(ProcessingError, match=r"'counts' is not connected to processor 'p': name it in stores="):
        under_test.task.process(1)


def test_a_persistent_store_is_as_of_its_last_commit_when_it_is_opened_again(run_task):
    first = run_task(counting())
    first.add("x", "x")
    first.task.process(10)
    first.task.prepare_commit()
    first.task.post_commit({COUNTS: 2})
    first.add("x")
    first.task.process(10)
    first.task.prepare_commit()
    first.task.close()
    second = run_task(counting())
    assert second.task.stores[COUNTS].get("k") == 2
    assert second.task.restore_from(COUNTS) == 2


def test_a_source_topic_may_serve_as_changelog(run_task):
    topology = counting()
    topology.source_changelogs[COUNTS] = "in"
    under_test = run_task(topology)
    assert under_test.task.changelogs == {COUNTS: Changelog(COUNTS, "in", 0, is_source=True)}
    under_test.add("x", "x", "x")
    under_test.task.process(10)
    under_test.task.post_commit(offsets=under_test.task.prepare_commit())
    assert changes(under_test) == []
    assert under_test.task.restore_from(COUNTS) == 3


def test_a_standby_goes_on_from_where_it_was_committed(tmp_path):
    def standby():
        made = StandbyTask(
            TaskId(0, 0),
            Subtopology(0, tuple(counting().nodes.values()), (), (), ()),
            topology=counting(),
            config=Config.from_mapping({"application.id": "app"}),
            clock=lambda: 0,
            directory=tmp_path,
        )
        made.open()
        return made

    task = standby()
    task.restore(COUNTS, [(b"a", long(1), 5), (b"a", long(2), 6)], 12)
    task.commit()
    task.restore(COUNTS, [(b"a", long(9), 7)], 13)
    task.close()
    task = standby()
    assert task.restore_from(COUNTS) == 12
    task.restore(COUNTS, [(b"a", long(9), 7)], 13)
    assert task.stores[COUNTS].get("a") == 9
    task.close()


def test_a_task_starts_with_what_was_restored_from_the_changelog(tmp_path):
    topology = counting(persistent=False)
    task = StreamTask(
        TaskId(0, 0),
        Subtopology(0, tuple(topology.nodes.values()), (), (), ()),
        topology=topology,
        config=Config.from_mapping({"application.id": "app"}),
        inputs=[("in", 0)],
        producer=CapturedOutput(),
        clock=lambda: 0,
        directory=tmp_path,
    )
    task.open()
    assert task.restore_from(COUNTS) is None
    task.restore(COUNTS, [(b"a", long(7), 5)], 1)
    task.start()
    store: Any = task.stores[COUNTS]
    assert store.get("a") == 7
    task.close()
