"""What an instance does now and then beside its stream threads."""

from __future__ import annotations

import threading

from kstream_cli.runtime.chores import Chore, Chores


def test_a_chore_is_done_again_and_again_also_after_it_failed():
    done = []
    enough = threading.Event()

    def fail():
        done.append(1)
        if len(done) == 3:
            enough.set()
        raise ValueError("not now")

    chores = Chores("chores", [Chore(fail, 0.01)])
    chores.start()
    assert enough.wait(20)
    chores.stop()
    chores.join(20)
    assert not chores.is_alive()


def test_a_chore_can_be_asked_for_before_it_is_due():
    done = threading.Event()
    chore = Chore(done.set, 3600.0)
    chores = Chores("chores", [chore])
    chores.start()
    assert not done.is_set()
    chores.soon(chore)
    assert done.wait(20)
    chores.stop()
    chores.join(20)


def test_what_is_asked_for_while_the_chore_runs_is_done_after_it():
    done = []
    twice = threading.Event()

    def work():
        done.append(1)
        if len(done) == 1:
            chores.soon(chore)
        else:
            twice.set()

    chore = Chore(work, 3600.0)
    chores = Chores("chores", [chore])
    chores.start()
    chores.soon(chore)
    assert twice.wait(20)
    chores.stop()
    chores.join(20)


def test_a_chore_is_never_put_off_by_who_asks_for_it():
    chore = Chore(print, 60.0)
    chores, due = Chores("chores", [chore]), chore.due
    chores.soon(chore, 3600.0)
    assert chore.due == due
    chores.soon(chore, 1.0)
    assert chore.due < due - 30


def test_after_a_stop_no_other_chore_is_begun():
    done = []
    chores = Chores("chores", [Chore(lambda: chores.stop(), 60.0, at_once=True), Chore(lambda: done.append(1), 0.0)])
    chores.run()
    assert done == []
