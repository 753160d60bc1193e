"""How far stores are known to reach."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_INVALID, KafkaError, KafkaException
from confluent_kafka.admin import OffsetSpec

from kstream_cli.runtime.restore import changelog_ends
from kstream_cli.runtime.restore.changelog_ends import ChangelogEnds


class Admin:
    """Its leaders answer at once, with this offset; or not yet, if there is none."""

    def __init__(self, offset: int | None) -> None:
        self.offset = offset
        self.looked_up: list[str] = []
        self.asked: list[Any] = []
        self.error: KafkaException | None = None

    def list_topics(self, topic: str, timeout: float) -> None:
        self.looked_up.append(topic)

    def list_offsets(self, wanted: dict[Any, Any], request_timeout: float) -> dict[Any, Future[Any]]:
        self.asked += wanted.values()
        if self.error is not None:
            raise self.error
        answers = {partition: Future[Any]() for partition in wanted}
        for answer in answers.values() if self.offset is not None else ():
            answer.set_result(SimpleNamespace(offset=self.offset))
        return answers


def test_an_end_is_given_once() -> None:
    ends = ChangelogEnds(Admin(7))
    ends.list([("app-counts-changelog", 0)])
    assert (ends.take(), ends.take()) == ({("app-counts-changelog", 0): 7}, {})


def test_an_end_that_no_leader_could_tell_is_not_taken_for_one() -> None:
    """A store would be committed as of that offset, and be rebuilt from nothing the next time."""
    ends = ChangelogEnds(Admin(OFFSET_INVALID))
    ends.list([("app-counts-changelog", 0)])
    assert ends.take() == {}


def test_leaders_are_looked_up_again_when_one_could_not_tell() -> None:
    """librdkafka does not do so by itself when a leader says that its epoch is another one."""
    admin = Admin(OFFSET_INVALID)
    ends = ChangelogEnds(admin)
    changelog = ("app-counts-changelog", 0)
    assert ends.told(changelog, ends.ask([changelog])[changelog]) is None
    assert not admin.looked_up
    admin.offset = 7
    assert ends.told(changelog, ends.ask([changelog])[changelog]) == 7
    assert admin.looked_up == [changelog[0]]


KEY = ("app-counts-changelog", 0)


def test_the_end_is_that_with_open_transactions() -> None:
    admin = Admin(7)
    ChangelogEnds(admin).ask([KEY])
    assert [type(spec) for spec in admin.asked] == [type(OffsetSpec.latest())]  # type: ignore[no-untyped-call]


def test_an_end_that_was_listed_before_work_was_dropped_is_never_used() -> None:
    ends = ChangelogEnds(Admin(7))
    ends.list([KEY])
    ends.forget()
    assert ends.take() == {}


def test_an_end_that_is_not_told_yet_is_used_later_and_no_other_is_asked_for_meanwhile() -> None:
    admin = Admin(None)
    ends = ChangelogEnds(admin)
    ends.list([KEY])
    ends.list([KEY], now=True)
    assert (ends.take(), len(admin.asked)) == ({}, 1)
    [answer] = ends._listing.values()
    answer.set_result(SimpleNamespace(offset=7))
    assert ends.take() == {KEY: 7}


def test_ends_are_listed_every_five_seconds_and_at_once_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, asked, admin = 1000.0, [], Admin(7)
    monkeypatch.setattr(changelog_ends, "time", SimpleNamespace(monotonic=lambda: now))
    ends = ChangelogEnds(admin)
    for seconds, at_once in ((0, False), (4.9, False), (0.1, False), (1, True)):
        now += seconds
        ends.list([KEY], now=at_once)
        ends.take()
        asked.append(len(admin.asked))
    assert asked == [1, 1, 2, 3]


def test_who_has_no_changelogs_or_nobody_to_ask_has_no_ends() -> None:
    admin = Admin(7)
    ends = ChangelogEnds(admin)
    assert (ends.ask([]), admin.asked) == ({}, [])
    admin.error = KafkaException(KafkaError(KafkaError._TRANSPORT))
    ends.list([KEY])
    assert ends.take() == {}
    admin.error = None
    ends.list([KEY])
    assert ends.take() == {KEY: 7}


def test_answers_that_do_not_come_are_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog_ends, "LIST_SECONDS", 0)
    ends = ChangelogEnds(Admin(None))
    ends.list([KEY])
    ends.wait()
    [answer] = ends._listing.values()
    answer.set_exception(KafkaException(KafkaError(KafkaError._TRANSPORT)))
    ends.wait()
    assert ends.take() == {}
