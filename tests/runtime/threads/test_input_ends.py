"""An input is read to its end only where its leaders have just said so."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from kstream_cli.runtime.threads.input_ends import InputEnds

ONE, OTHER = ("in", 0), ("in", 1)


class Leaders:
    """Asked as ChangelogEnds asks them; a test answers."""

    def __init__(self):
        self.asked = []

    def ask(self, partitions):
        self.asked.append({key: Future() for key in partitions})
        return self.asked[-1]

    def told(self, key, answer):
        return answer.result()

    def answer(self, **ends):
        for key, future in self.asked[-1].items():
            future.set_result(ends.get(f"p{key[1]}"))


@pytest.fixture
def clock(monkeypatch):
    time = SimpleNamespace(now=100.0)
    monkeypatch.setattr("kstream_cli.runtime.threads.input_ends.time.monotonic", lambda: time.now)
    return time


@pytest.fixture
def leaders():
    return Leaders()


def test_it_is_read_once_all_leaders_say_so(clock, leaders):
    ends = InputEnds(leaders, {ONE: 5, OTHER: 0})
    assert not ends.is_read([ONE, OTHER])
    assert not ends.is_read([ONE, OTHER])
    leaders.answer(p0=5, p1=0)
    assert ends.is_read([ONE, OTHER])
    assert len(leaders.asked) == 1


def test_each_proof_is_used_once(clock, leaders):
    ends = InputEnds(leaders, {ONE: 5})
    ends.is_read([ONE])
    leaders.answer(p0=5)
    assert ends.is_read([ONE])
    assert not ends.is_read([ONE])
    assert len(leaders.asked) == 2


def test_more_records_and_no_answer_are_no_proof_and_asked_for_again_after_a_pause(clock, leaders):
    ends = InputEnds(leaders, {ONE: 5})
    for end in (6, None):
        assert not ends.is_read([ONE])
        leaders.answer(p0=end)
        assert not ends.is_read([ONE])
        before = len(leaders.asked)
        assert not ends.is_read([ONE])
        assert len(leaders.asked) == before
        clock.now += 0.6
    assert not ends.is_read([ONE])
    leaders.answer(p0=5)
    assert ends.is_read([ONE])


def test_an_answer_from_before_a_sleep_is_no_proof(clock, leaders):
    ends = InputEnds(leaders, {ONE: 5})
    ends.is_read([ONE])
    leaders.answer(p0=5)
    clock.now += 3600
    assert not ends.is_read([ONE])


def test_a_partition_whose_end_the_consumer_has_not_seen_is_not_asked_about(clock, leaders):
    assert not InputEnds(leaders, {ONE: 5}).is_read([ONE, OTHER])
    assert leaders.asked == []
