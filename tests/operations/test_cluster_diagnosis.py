"""What doctor says of a cluster, by what the brokers tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli.config import Config
from kstream_cli.operations.cluster_diagnosis import (
    clock,
    cluster_diagnosis,
    features,
    input_times,
    permissions,
    topics,
)
from kstream_cli.operations.topic_plan import PlannedTopic

NOW = 1_796_000_000.0
SOURCE, SINK = PlannedTopic("in", "source", 2, None), PlannedTopic("out", "sink", 1, None)
CHANGELOG = PlannedTopic("app-counts-changelog", "changelog", 2, 2)
NEW = dict.fromkeys((22, 25, 68, 88), (0, 1))
OLD = dict.fromkeys((22, 25), (0, 1))


def config(**settings: Any) -> Config:
    return Config.from_mapping({"application.id": "app", "bootstrap.servers": "127.0.0.1:1", **settings})


def levels(versions: dict[int, tuple[int, int]], **settings: Any) -> list[str]:
    return [each.level for each in features(versions, config(**settings))]


def test_a_new_broker_has_all_features() -> None:
    assert levels(NEW) == ["ok"] * 3
    assert all("has" in each.finding and "not" not in each.finding for each in features(NEW, config()))


def test_a_feature_that_is_missing_is_a_problem_only_where_it_is_asked_for() -> None:
    assert levels(OLD) == ["ok"] * 3
    assert levels(OLD, **{"group.protocol": "streams"}) == ["ok", "ok", "problem"]
    assert levels({}) == ["warning", "ok", "ok"]
    exactly_once = {"processing.guarantee": "exactly_once_v2", "commit.interval.ms": 100}
    assert levels({}, **exactly_once)[0] == "problem"


def test_topics_that_are_missing_or_do_not_fit_are_named() -> None:
    assert topics([SOURCE, SINK]).level == "ok"
    found = topics([PlannedTopic("gone", "source", None, None), PlannedTopic("app-x-changelog", "changelog", 1, 2)])
    assert (found.level, found.finding) == (
        "problem",
        "gone: missing; app-x-changelog: 1 partitions instead of 2",
    )


def may(*names: str) -> list[Any]:
    return [SimpleNamespace(name=name) for name in names]


def test_permissions_are_those_that_each_topic_needs() -> None:
    everything = {"in": may("READ"), "out": may("WRITE"), CHANGELOG.name: may("READ", "WRITE")}
    assert permissions([SOURCE, SINK, CHANGELOG], everything).level == "ok"
    found = permissions([SOURCE, SINK, CHANGELOG], {**everything, "out": may("READ"), CHANGELOG.name: may("READ")})
    assert found.level == "problem"
    assert found.finding == f"these credentials lack WRITE on out; WRITE on {CHANGELOG.name}"


def test_a_broker_without_access_control_is_no_problem() -> None:
    assert permissions([SOURCE], {"in": None}).level == "ok"


@pytest.mark.parametrize(("ahead", "level"), [(-3600, "ok"), (5, "ok"), (300, "problem")])
def test_a_clock_of_the_broker_that_is_ahead_is_a_problem(ahead: int, level: str) -> None:
    assert clock(int((NOW + ahead) * 1000), NOW).level == level


@pytest.mark.parametrize(("ahead", "level"), [(-3600, "ok"), (5, "ok"), (86_400, "warning")])
def test_records_of_the_future_are_said_so(ahead: int, level: str) -> None:
    assert input_times(int((NOW + ahead) * 1000), NOW).level == level


def test_what_is_not_known_is_no_problem() -> None:
    assert (clock(None, NOW).level, input_times(None, NOW).level) == ("ok", "ok")


def test_a_cluster_that_does_not_answer_is_one_problem() -> None:
    [found] = cluster_diagnosis(config(), None)
    assert (found.check, found.level, "127.0.0.1:1" in found.finding) == ("cluster", "problem", True)
    assert found.remedy
