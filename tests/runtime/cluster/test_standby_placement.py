"""Placing standby copies."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kstream_cli.runtime.cluster import standby_placement
from kstream_cli.runtime.cluster.group_members import Member
from kstream_cli.runtime.cluster.standby_placement import owners, standbys_of
from kstream_cli.task.task_id import TaskId

TASKS = [TaskId(0, partition) for partition in range(30)]
PLACED_ON_A = [TaskId(0, partition) for partition in (1, 4, 8, 10, 14, 16, 20, 22, 25, 26, 29)]
"""As releases before this one place 30 tasks on three instances."""


def owned(*instances):
    return {name: set(TASKS[number :: len(instances)]) for number, name in enumerate(instances)}


def test_every_task_has_its_copies_on_instances_that_do_not_run_it():
    running = owned("a", "b", "c")
    copies = {name: standbys_of(name, running, TASKS, 1) for name in running}
    assert sorted(task for tasks in copies.values() for task in tasks) == TASKS
    assert not any(copies[name] & running[name] for name in running)


def test_a_single_instance_keeps_no_copies():
    assert standbys_of("a", owned("a"), TASKS, 1) == set()


def test_with_two_instances_each_has_a_copy_of_the_others_tasks():
    running = owned("a", "b")
    assert standbys_of("b", running, TASKS, 1) == running["a"]


def test_few_copies_move_when_an_instance_joins_that_runs_nothing():
    before, after = owned("a", "b", "c"), {**owned("a", "b", "c"), "d": set()}
    kept = sum(len(standbys_of(name, before, TASKS, 1) & standbys_of(name, after, TASKS, 1)) for name in before)
    assert kept >= len(TASKS) // 2


@pytest.mark.parametrize("replicas", [0, 1, 2, 3, 4])
def test_a_task_has_as_many_copies_as_are_asked_for_and_no_more_than_there_are_other_instances(replicas):
    running = owned("a", "b", "c", "d")
    copies = [task for name in running for task in standbys_of(name, running, TASKS, replicas)]
    assert {copies.count(task) for task in TASKS} == {min(replicas, 3)}


def test_a_further_copy_leaves_the_first_where_it_is():
    running = owned("a", "b", "c", "d")
    for name in running:
        assert standbys_of(name, running, TASKS, 1) <= standbys_of(name, running, TASKS, 2)


def test_tasks_without_state_have_no_copies():
    running = owned("a", "b")
    assert standbys_of("b", running, TASKS[:3], 1) == running["a"] & set(TASKS[:3])
    assert standbys_of("b", running, [], 1) == set()


def test_an_instance_that_the_group_does_not_know_keeps_no_copies():
    assert standbys_of("new", owned("a", "b"), TASKS, 5) == set()


def test_instances_of_different_releases_agree_on_who_has_which_copy():
    running = owned("a", "b", "c")
    assert sorted(standbys_of("a", running, TASKS, 1)) == PLACED_ON_A


def test_copies_go_to_whom_their_names_weigh_least_whatever_the_order_in_which_they_are_listed():
    running = owned("a", "b", "c", "d")
    turned = dict(reversed(running.items()))
    assert all(standbys_of(name, running, TASKS, 2) == standbys_of(name, turned, TASKS, 2) for name in running)


def test_who_runs_what_is_asked_of_the_group(monkeypatch):
    asked = []

    def members(admin, group):
        asked.append((admin, group))
        return [
            Member("one", None, (("in", 0), ("rider", 7))),
            Member("two", None, ()),
            Member("one", None, (("in", 2),)),
        ]

    monkeypatch.setattr(standby_placement, "members", members)
    placement = SimpleNamespace(
        carriers={"in"}, tasks=lambda partitions: [TaskId(0, partition) for _, partition in partitions]
    )
    assert owners("admin", "group", placement) == {"one": {TaskId(0, 0), TaskId(0, 2)}, "two": set()}
    assert asked == [("admin", "group")]


def test_while_the_group_rebalances_nobody_knows_who_runs_what(monkeypatch):
    monkeypatch.setattr(standby_placement, "members", lambda admin, group: None)
    assert owners("admin", "group", "placement") is None
