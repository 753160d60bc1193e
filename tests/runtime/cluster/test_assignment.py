"""Carriers and the tasks they stand for."""

from __future__ import annotations

from kstream_cli.runtime.cluster.assignment import CurrentPlacement, place
from kstream_cli.task.task_id import TaskId


def test_the_widest_topic_of_a_subtopology_carries_it():
    placement = place({0: ["a", "b"], 1: ["c"]}, {"a": 2, "b": 3, "c": 1}, "app")
    assert placement.subscription == ["b", "c"]
    assert placement.task("b", 2) == TaskId(0, 2)


def test_equally_wide_topics_are_told_apart_by_name_so_that_all_processes_agree():
    assert place({0: ["b", "a"]}, {"a": 2, "b": 2}, "app").subscription == ["a"]


def test_a_task_has_its_partition_of_every_topic_wide_enough():
    placement = place({0: ["a", "b"]}, {"a": 2, "b": 3}, "app")
    assert placement.partitions(TaskId(0, 1)) == (("a", 1), ("b", 1))
    assert placement.partitions(TaskId(0, 2)) == (("b", 2),)
    assert placement.task_count() == 3


def test_a_partition_that_was_not_there_at_the_start_is_new_whatever_is_known_by_now():
    current = CurrentPlacement(place({0: ["a"]}, {"a": 2}, "app"))
    current.replace(place({0: ["a", "b"]}, {"a": 4, "b": 1}, "app"))
    assert [current.is_new("a", partition) for partition in range(4)] == [False, False, True, True]
    assert current.is_new("b", 0)


def test_other_carriers_are_gone_by_only_once_the_group_agrees():
    current = CurrentPlacement(place({0: ["a"]}, {"a": 2, "b": 3}, "app"))
    assert current.is_agreed.is_set()
    current.replace(place({0: ["a"]}, {"a": 3}, "app"))
    assert current.is_agreed.is_set()
    current.replace(place({0: ["a", "b"]}, {"a": 3, "b": 4}, "app"))
    assert not current.is_agreed.is_set()
    assert current.placement.subscription == ["b"]


def test_where_a_wider_topic_carries_others_the_group_has_to_agree_before_the_first_task():
    assert not CurrentPlacement(place({0: ["a", "b"]}, {"a": 2, "b": 3}, "app")).is_agreed.is_set()
