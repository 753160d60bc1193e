from threading import Event

import pytest

from kstream_cli.runtime.clients.bounded_call import call_within


def test_a_call_that_comes_back_gives_its_result():
    assert call_within(10, max, 1, 2) == 2


def test_what_a_call_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        call_within(10, divmod, 1, 0)


def test_a_call_that_does_not_come_back_is_left_behind():
    released = Event()
    with pytest.raises(TimeoutError):
        call_within(0.01, released.wait)
    released.set()


def test_a_call_that_wants_to_exit_is_not_waited_for():
    with pytest.raises(SystemExit):
        call_within(10, exit, 3)
