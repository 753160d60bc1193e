"""`group:APPLICATION_ID`: the commands that show what a cluster knows of a streams group."""

from __future__ import annotations

import pytest

from kstream_cli.protocol.messages import DESCRIBE
from kstream_cli.runtime.streams_group.wire_topology import wire_description
from tests.described.test_group import answer, topology
from tests.fake_broker import FakeBroker


@pytest.fixture
def broker():
    fake = FakeBroker()
    yield fake
    fake.close()


def group(**said):
    whole = {
        "error_code": 0,
        "error_message": None,
        "group_state": "Stable",
        "group_epoch": 3,
        "assignment_epoch": 3,
        "members": [],
        "authorized_operations": 0,
        "assignor_name": None,
    }
    return {"throttle_time_ms": 0, "groups": [{**whole, **answer(described=True), **said}]}


def test_a_group_is_described_from_its_cluster(kstream, project, broker):
    broker.on(DESCRIBE, lambda request: group())
    outcome = kstream("describe", "group:app", "--set", f"bootstrap.servers={broker.address}")
    assert "Subtopology 2  one task for each partition of app-counts-repartition" in outcome.out
    assert "store counts  changelog app-counts-changelog" in outcome.out
    assert outcome.err == ""
    assert broker.named(DESCRIBE)[0]["group_ids"] == ["app"]


def test_what_a_broker_without_descriptions_has_is_shown_and_said(kstream, project, broker):
    broker.on(DESCRIBE, lambda request: group(**answer(described=False)))
    outcome = kstream("describe", "group:app", "--set", f"bootstrap.servers={broker.address}")
    assert "input of subtopology 1  reads lines" in outcome.out
    assert "the brokers keep no description of group app" in outcome.err


def test_a_group_is_drawn(kstream, project, broker):
    broker.on(DESCRIBE, lambda request: group())
    outcome = kstream("graph", "group:app", "-b", broker.address, "--out", "-", "--format", "mmd")
    assert all(node["name"] in outcome.out for part in parts() for node in part["nodes"])


def parts():
    return wire_description(topology(), "app")["subtopologies"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(69, "there is no streams group 'app'"), (30, "cannot be described: GROUP_AUTHORIZATION_FAILED")],
)
def test_a_group_that_cannot_be_described_is_an_error(kstream, project, broker, code, reason):
    broker.on(DESCRIBE, lambda request: group(error_code=code))
    outcome = kstream("describe", "group:app", "--set", f"bootstrap.servers={broker.address}")
    assert outcome.code == 1
    assert reason in outcome.err


def test_a_broker_without_streams_groups_is_an_error(kstream, project, broker):
    del broker.versions[DESCRIBE.key]
    outcome = kstream("describe", "group:app", "--set", f"bootstrap.servers={broker.address}")
    assert outcome.code == 1
    assert "there is no streams group 'app'" in outcome.err


def test_a_malformed_answer_names_its_request(kstream, project, broker):
    broker.on(DESCRIBE, lambda request: b"\x00\x00\x00\x05\x00\x00\x00\x02\x00")
    outcome = kstream("describe", "group:app", "--set", f"bootstrap.servers={broker.address}")
    assert outcome.code == 1
    assert "StreamsGroupDescribe" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("describe", "group:app"), "give --bootstrap-servers HOST:PORT"),
        (("describe", "group:"), "group:orders"),
        (("graph", "-b", "localhost:1"), "name group:APPLICATION_ID, or leave it out"),
    ],
)
def test_a_group_without_what_it_takes_is_a_usage_error(kstream, small, arguments, remedy):
    outcome = kstream(*arguments)
    assert outcome.code in (1, 2)
    assert remedy in outcome.err
