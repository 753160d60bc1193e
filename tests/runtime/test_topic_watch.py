"""What becomes of an application whose topics change while it runs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kstream_cli.errors import BrokerUnavailableError, MissingTopicsError
from kstream_cli.runtime import topic_watch
from kstream_cli.runtime.cluster.assignment import CurrentPlacement, place
from kstream_cli.runtime.topic_watch import TopicWatch


class Application:
    """As much of an application as the watch needs; `cluster` is its placement by the topics as they are now."""

    def __init__(self):
        self.topology = self.config = self.admin = SimpleNamespace(application_id="app")
        self.streams_group = None
        self.global_partitions = (("g", 0),)
        self.widened = ()
        self.cluster = place({0: ["a"]}, {"a": 2}, "app")
        self.topics = CurrentPlacement(self.cluster)

    @property
    def placement(self):
        return self.topics.placement


@pytest.fixture
def application(monkeypatch):
    made = Application()

    def look(topology, config, admin, *, before):
        if isinstance(made.cluster, Exception):
            raise made.cluster
        return SimpleNamespace(placement=made.cluster, global_partitions=(*made.global_partitions, *made.widened))

    monkeypatch.setattr(topic_watch, "prepare", look)
    monkeypatch.setattr(topic_watch, "strangers", lambda *_: frozenset())
    return made


@pytest.fixture
def errors():
    return []


@pytest.fixture
def watch(application, errors):
    return TopicWatch(application, errors.append)


def test_topics_that_stay_as_they_are_leave_the_placement_alone(application, watch):
    before = application.placement
    application.cluster = place({0: ["a"]}, {"a": 2}, "app")
    assert watch.look()
    assert application.placement is before


def test_a_narrower_topic_is_taken_up_at_once_as_the_group_s_assignments_mean_the_same(application, watch):
    application.cluster = place({0: ["a", "b"]}, {"a": 2, "b": 1}, "app")
    watch.look()
    assert application.placement is application.cluster
    assert application.topics.is_agreed.is_set()


def test_a_wider_topic_waits_until_no_member_carries_the_tasks_by_the_old_one(application, watch, monkeypatch):
    others = [{"a"}, None, set()]
    monkeypatch.setattr(topic_watch, "carried_otherwise", lambda *_: others.pop(0))
    application.cluster = place({0: ["a", "b"]}, {"a": 2, "b": 3}, "app")
    watch.look()
    agreed = []
    for _ in range(3):
        watch.agree()
        agreed.append(application.topics.is_agreed.is_set())
    assert agreed == [False, False, True]


def test_a_new_partition_of_a_global_topic_is_said_once_not_to_be_read(application, watch, caplog):
    watch.look()
    assert "global stores" not in caplog.text
    application.widened = (("g", 1), ("g", 2))
    watch.look()
    watch.look()
    assert caplog.text.count("global stores do not read") == 1
    assert "g-1, g-2." in caplog.text


def test_a_missing_topic_is_believed_when_it_is_missing_twice(application, watch, errors):
    application.cluster = MissingTopicsError("missing source topics: a")
    assert not watch.look()
    assert errors == []
    assert watch.look()
    assert errors == [application.cluster]


def test_a_topic_that_was_missing_for_a_moment_is_no_error(application, watch, errors):
    there = application.cluster
    for found in (MissingTopicsError("missing: a"), there, MissingTopicsError("missing: a"), there):
        application.cluster = found
        watch.look()
    assert errors == []


def test_a_cluster_that_is_away_changes_nothing(application, watch, errors):
    application.cluster = BrokerUnavailableError("nobody answers")
    assert watch.look()
    assert watch.look()
    assert errors == []


def test_a_streams_group_is_joined_at_once_as_its_broker_names_tasks_and_not_topics(application):
    application.topics.is_agreed.clear()
    application.streams_group = object()
    TopicWatch(application, lambda error: None).agree()
    assert application.topics.is_agreed.is_set()


def test_other_consumers_in_the_group_are_told_once_each(application, watch, monkeypatch, caplog):
    found = [{"one"}, {"one"}, set(), {"one", "two"}]
    monkeypatch.setattr(topic_watch, "strangers", lambda *_: frozenset(found.pop(0)))
    said = []
    while found:
        caplog.clear()
        watch.look()
        said.append([each.message.partition(".")[0] for each in caplog.records])
    one, both = "other consumers are in group app: one", "other consumers are in group app: one, two"
    assert said == [[one], [], [], [both]]


def test_members_of_a_streams_group_are_those_that_its_broker_takes(application, watch, monkeypatch, caplog):
    application.streams_group = object()
    monkeypatch.setattr(topic_watch, "strangers", lambda *_: frozenset({"one"}))
    watch.look()
    assert not caplog.records
