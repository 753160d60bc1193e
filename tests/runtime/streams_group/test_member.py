"""What a member tells its group, and what the group's answers mean to it."""

from __future__ import annotations

from typing import Any

import pytest

from kstream_cli.errors import AccessDeniedError, GroupJoinError, MissingTopicsError, TopicPartitionsError
from kstream_cli.protocol.error_codes import ErrorCode
from kstream_cli.runtime.streams_group.assignment import NOTHING, Assignment
from kstream_cli.runtime.streams_group.member import EAGER_SECONDS, LEAVE, LEAVE_FOR_A_WHILE, Identity, Member, Refusal
from kstream_cli.task.task_id import TaskId

TOPOLOGY = {"epoch": 0, "subtopologies": []}
ONE, TWO = TaskId(0, 0), TaskId(1, 3)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def member(clock=None, *, offsets=lambda: ({}, {}), **identity) -> Member:
    who = Identity(group="app", topology=TOPOLOGY, process_id="p", rebalance_timeout_ms=300_000, **identity)
    return Member(who, offsets=offsets, clock=clock or Clock())


def answer(**changed: Any) -> dict[str, Any]:
    fields = {
        "error_code": 0,
        "error_message": None,
        "member_epoch": 1,
        "heartbeat_interval_ms": 5000,
        "task_offset_interval_ms": 60_000,
        "status": [],
        "active_tasks": None,
        "standby_tasks": None,
        "warmup_tasks": None,
        "endpoint_information_epoch": 7,
    }
    return {**fields, **changed}


def given(active=(), standby=(), warmup=(), **changed: Any) -> dict[str, Any]:
    """An answer with an assignment."""
    kinds = {"active_tasks": active, "standby_tasks": standby, "warmup_tasks": warmup}
    tasks = {
        kind: [{"subtopology_id": str(task.subtopology), "partitions": [task.partition]} for task in listed]
        for kind, listed in kinds.items()
    }
    return answer(**tasks, **changed)


def in_group(*tasks: TaskId, clock=None, **more) -> Member:
    """A member that has its tasks and has told so."""
    made = member(clock, **more)
    made.request()
    made.take(given(tasks))
    made.acknowledge(Assignment(frozenset(tasks)))
    made.request()
    made.take(answer())
    return made


def test_a_new_member_shows_its_topology_and_that_it_has_nothing():
    request = member(endpoint={"host": "here", "port": 80}).request()
    assert (request["member_epoch"], request["topology"], request["process_id"]) == (0, TOPOLOGY, "p")
    assert request["user_endpoint"] == {"host": "here", "port": 80}
    assert [request[f"{kind}_tasks"] for kind in ("active", "standby", "warmup")] == [[], [], []]


def test_a_heartbeat_leaves_out_what_has_not_changed():
    request = in_group(ONE).request()
    assert request["member_epoch"] == 1
    unsaid = ("topology", "process_id", "active_tasks", "standby_tasks", "warmup_tasks", "user_endpoint")
    assert [request[name] for name in unsaid] == [None] * len(unsaid)
    assert request["endpoint_information_epoch"] == 7


def test_tasks_are_acknowledged_with_the_next_heartbeat_and_at_once():
    made = member()
    made.request()
    made.take(given([ONE, TWO], [TaskId(1, 0)]))
    target = Assignment(frozenset({ONE, TWO}), frozenset({TaskId(1, 0)}))
    assert made.news() == (None, target, [])
    made.acknowledge(target)
    assert made.pause == 0
    request = made.request()
    assert request["active_tasks"] == [
        {"subtopology_id": "0", "partitions": [0]},
        {"subtopology_id": "1", "partitions": [3]},
    ]
    assert request["standby_tasks"] == [{"subtopology_id": "1", "partitions": [0]}]
    made.take(answer())
    assert made.pause > 0
    assert made.request()["active_tasks"] is None


def test_a_task_that_is_given_back_while_it_is_given_up_is_taken_again():
    made = in_group(ONE, TWO)
    made.take(given([ONE]))
    less, both = Assignment(frozenset({ONE})), Assignment(frozenset({ONE, TWO}))
    assert made.news() == (None, less, [])
    # The stream thread commits and closes; meanwhile the group has changed its mind.
    made.take(given([ONE, TWO], member_epoch=2))
    made.acknowledge(less)
    assert made.news() == (None, both, [])
    made.acknowledge(both)
    assert not made.has_news


def test_what_was_told_is_told_again_when_no_answer_came():
    made = in_group(ONE)
    made.failed()
    assert made.request()["active_tasks"] == [{"subtopology_id": "0", "partitions": [0]}]


def test_what_was_told_is_told_again_when_the_group_did_not_take_it():
    made = in_group(ONE)
    assert made.request()["active_tasks"] is None
    made.take(answer(error_code=ErrorCode.UNRELEASED_INSTANCE_ID, error_message="not now"))
    assert made.request()["active_tasks"] == [{"subtopology_id": "0", "partitions": [0]}]


def test_a_group_that_has_not_decided_yet_gives_no_news():
    made = member()
    made.request()
    made.take(given(status=[{"status_code": 5, "status_detail": "delayed"}]))
    assert not made.has_news
    made.take(answer(status=[]))
    assert made.news() == (None, NOTHING, [])


def test_heartbeats_are_quick_until_nothing_is_expected_any_more():
    clock = Clock()
    made = in_group(ONE, clock=clock)
    assert made.pause == EAGER_SECONDS
    clock.now += 60
    assert made.pause == 5
    made.take(answer(member_epoch=2))
    assert made.pause == EAGER_SECONDS


@pytest.mark.parametrize("code", [110, 25, 69])
def test_a_member_that_is_out_gives_all_up_and_joins_anew(code):
    made = in_group(ONE)
    made.take(answer(error_code=code, error_message="gone"))
    lost, target, _ = made.news()
    assert lost is not None
    assert "gone" in lost
    assert target is None
    assert (made.is_lost, made.epoch) == (True, 0)
    same = made.id
    made.forget()
    request = made.request()
    assert (request["member_id"], request["member_epoch"], request["topology"]) == (same, 0, TOPOLOGY)
    assert (made.owned, made.is_lost) == (NOTHING, False)


@pytest.mark.parametrize("code", [ErrorCode.FENCED_MEMBER_EPOCH, ErrorCode.UNKNOWN_MEMBER_ID])
def test_a_member_that_is_put_out_as_it_joins_joins_under_another_id(code):
    made = member()
    before = made.request()["member_id"]
    made.take(answer(error_code=code, error_message="gone"))
    assert made.request()["member_id"] != before
    assert not made.has_news


def test_a_group_of_the_classic_protocol_is_told_as_the_client_tells_it():
    made = member()
    made.request()
    made.take(answer(error_code=69, error_message="Group app is not a streams group."))
    assert made.news() == (None, None, [Refusal(23, "Group app is not a streams group.")])
    assert not made.has_news


def test_a_place_that_is_taken_is_told_as_the_client_tells_it():
    made = member(instance_id="one")
    assert made.request()["instance_id"] == "one"
    made.take(answer(error_code=111, error_message="still there"))
    assert made.news()[2] == [Refusal(111, "still there")]


@pytest.mark.parametrize(
    ("code", "text", "remedy"),
    [
        (42, "Topology updates are not supported yet.", "Stop all of them and start the new version"),
        (130, "no such topic", "another topology"),
        (132, "fenced", "update this instance"),
        (35, "not here", "streams.version=1"),
        (42, "Static membership is not yet supported.", "Static membership is not yet supported"),
    ],
)
def test_what_does_not_end_by_waiting_ends_the_application_with_a_remedy(code, text, remedy):
    made = member()
    made.request()
    made.take(answer(error_code=code, error_message=text))
    with pytest.raises(GroupJoinError, match=remedy):
        made.news()


def test_a_refusal_without_words_is_told_by_its_name():
    made = member()
    made.request()
    made.take(answer(error_code=35, error_message=None))
    with pytest.raises(GroupJoinError, match="into group 'app': UNSUPPORTED_VERSION: the streams protocol is switched"):
        made.news()


def test_a_static_member_is_told_which_brokers_it_needs():
    made = member(instance_id="one")
    made.request()
    made.take(answer(error_code=42, error_message="Static membership is not yet supported."))
    with pytest.raises(GroupJoinError, match=r"not yet supported: group\.instance\.id needs brokers of Kafka 4\.4"):
        made.news()


def test_topics_that_the_user_may_not_see_are_an_error_with_the_rights_that_it_takes():
    made = member()
    made.request()
    made.take(answer(error_code=29, error_message="Topic authorization failed."))
    with pytest.raises(AccessDeniedError, match=r"DESCRIBE and READ .* CREATE on those that begin with 'app'"):
        made.news()


def test_a_source_topic_that_was_made_a_moment_ago_is_waited_for():
    clock = Clock()
    made = member(clock)
    made.request()
    made.take(answer(status=[{"status_code": 1, "status_detail": "in"}]))
    made.news()
    clock.now += 11
    with pytest.raises(MissingTopicsError, match="in"):
        made.news()
    made.take(answer(status=[]))
    made.news()


def test_topics_that_do_not_fit_end_the_application():
    made = member()
    made.request()
    made.take(answer(status=[{"status_code": 2, "status_detail": "a has 3 partitions, b has 4"}]))
    with pytest.raises(TopicPartitionsError, match="a has 3 partitions"):
        made.news()


def test_a_shutdown_of_the_application_is_asked_for_and_heard_of():
    made = in_group(ONE)
    made.asks_for_shutdown = True
    assert made.request()["shutdown_application"]
    made.take(answer(status=[{"status_code": 4, "status_detail": "asked"}]))
    assert made.is_shutting_down
    assert not made.request()["shutdown_application"]


def test_copies_are_reported_when_it_is_time_and_only_its_own():
    clock = Clock()
    made = member(clock, offsets=lambda: ({ONE: 5, TWO: 9}, {ONE: 10, TWO: 9}))
    made.request()
    made.take(given([], [ONE]))
    made.acknowledge(Assignment(standby=frozenset({ONE})))
    request = made.request()
    assert request["task_offsets"] == [{"subtopology_id": "0", "partition": 0, "offset": 5}]
    assert request["task_end_offsets"] == [{"subtopology_id": "0", "partition": 0, "offset": 10}]
    made.take(answer())
    assert made.request()["task_offsets"] is None
    clock.now += 61
    assert made.request()["task_offsets"] is not None


def test_a_member_leaves_for_good_or_for_a_while():
    made = in_group(ONE)
    assert made.leave_request(LEAVE)["member_epoch"] == -1
    assert made.leave_request(LEAVE_FOR_A_WHILE)["member_epoch"] == -2
