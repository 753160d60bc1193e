"""Placing standby copies."""

from __future__ import annotations

from kstream_cli.runtime.cluster.standby_placement import standbys_of
from kstream_cli.task.task_id import TaskId

TASKS = [TaskId(0, partition) for partition in range(30)]


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
