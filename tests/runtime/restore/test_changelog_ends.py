"""How far stores are known to reach."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

from confluent_kafka import OFFSET_INVALID

from kstream_cli.runtime.restore.changelog_ends import ChangelogEnds


class Admin:
    """Its leaders answer at once, with this offset."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.looked_up: list[str] = []

    def list_topics(self, topic: str, timeout: float) -> None:
        self.looked_up.append(topic)

    def list_offsets(self, wanted: dict[Any, Any], request_timeout: float) -> dict[Any, Future[Any]]:
        answers = {partition: Future[Any]() for partition in wanted}
        for answer in answers.values():
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
