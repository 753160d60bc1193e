"""A cluster beside home that is away: who writes there starts again when it is back, who reads there waits."""

from types import SimpleNamespace

import pytest

from kstream_cli.errors import TaskCorruptedError
from kstream_cli.runtime.clients.cluster_health import ClusterHealth
from kstream_cli.runtime.cluster.assignment import place
from kstream_cli.runtime.threads.outages import Outages
from kstream_cli.task.task_id import TaskId

READER, WRITER, OTHER = TaskId(0, 0), TaskId(1, 0), TaskId(2, 0)
PLACEMENT = place({0: ["east:in"], 1: ["in"], 2: ["other"]}, {"east:in": 1, "in": 1, "other": 1}, "app")


class Tasks:
    def __init__(self):
        self.placement = PLACEMENT
        self.running = dict.fromkeys((READER, WRITER, OTHER))
        self.positions = {("east:in", 0): 3, ("in", 0): 4}
        self.calls = []

    def close(self, tasks):
        self.calls.append(("close", set(tasks)))
        for task in tasks:
            del self.running[task]

    def assign(self, tasks):
        self.calls.append(("assign", set(tasks)))


@pytest.fixture
def told():
    return []


@pytest.fixture
def health():
    return ClusterHealth()


@pytest.fixture
def tasks():
    return Tasks()


def outages_of(health, tasks, told, *, transactional=False):
    return Outages(
        health,
        tasks,
        SimpleNamespace(give_up=lambda cluster: told.append(("give up", cluster))),
        fetch_again=lambda cluster: told.append(("again", cluster)),
        written=lambda subtopology: frozenset({"east"} if subtopology == 1 else ()),
        transactional=transactional,
    )


def test_tasks_that_write_there_are_put_back_to_their_last_commit_and_the_others_go_on(health, tasks, told):
    outages = outages_of(health, tasks, told)
    health.note("east", "down")
    assert outages.look()
    assert tasks.calls == [("close", {WRITER}), ("assign", {WRITER})]
    assert told == [("give up", "east")]
    assert not outages.look()


def test_under_exactly_once_all_tasks_of_the_thread_start_again(health, tasks, told):
    outages = outages_of(health, tasks, told, transactional=True)
    health.note("east", "down")
    with pytest.raises(TaskCorruptedError, match="cluster east is away: tasks 1_0 wait for it at their last commit"):
        outages.look()
    assert told == [("give up", "east")]
    assert not tasks.calls


def test_the_end_of_what_is_read_there_is_no_longer_known(health, tasks, told):
    health.note("east", "down")
    outages_of(health, tasks, told).look()
    assert tasks.positions == {("in", 0): 4}


def test_a_cluster_that_comes_back_is_asked_anew_where_it_ends(health, tasks, told):
    outages = outages_of(health, tasks, told)
    health.note("east", "down")
    outages.look()
    health.note("east", None)
    outages.look()
    assert told[-1] == ("again", "east")


def test_a_task_needs_the_clusters_that_it_reads_and_writes(health, tasks, told):
    outages = outages_of(health, tasks, told)
    assert [outages.needed(task) for task in (READER, WRITER, OTHER)] == [None, None, None]
    health.note("east", "down")
    assert [outages.needed(task) for task in (READER, WRITER, OTHER)] == ["east", "east", None]


def test_a_record_that_waits_for_room_there_ends_its_wait(health, tasks, told):
    outages = outages_of(health, tasks, told)
    outages.stop_writers()
    health.note("east", "down")
    with pytest.raises(TaskCorruptedError, match="no more records can be sent there"):
        outages.stop_writers()


def test_without_a_task_that_writes_there_a_record_goes_on_waiting(health, tasks, told):
    outages = outages_of(health, tasks, told)
    del tasks.running[WRITER]
    health.note("east", "down")
    outages.stop_writers()
    assert told == []
