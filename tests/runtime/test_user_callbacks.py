"""Callbacks of a running application that raise, exit, close it or block: it always ends, and says why."""

import logging
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli import KafkaStreams, State, StreamsBuilder, StreamThreadExceptionResponse
from kstream_cli.runtime import kafka_streams, state_notifier
from kstream_cli.runtime.threads import joining

SHUT_DOWN = StreamThreadExceptionResponse.SHUTDOWN_CLIENT
RAISED = [ValueError("no"), SystemExit(0), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseException("all")]
every_error = pytest.mark.parametrize("error", RAISED, ids=repr)


@pytest.fixture
def streams(monkeypatch, tmp_path):
    """An application of one stream thread, which runs `streams.body` instead of tasks."""
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out")
    made: Any = KafkaStreams(
        builder, {"application.id": "callbacks", "bootstrap.servers": "127.0.0.1:1", "state.dir": str(tmp_path)}
    )
    application = SimpleNamespace(client_id="callbacks-1", streams_group=None)
    made._metrics.client_id = application.client_id

    def start():
        made._application = application
        with made._lock:
            made._start_thread(application)

    monkeypatch.setattr(made, "_start", start)
    monkeypatch.setattr(kafka_streams, "ThreadClients", lambda application, thread, number: made.body(thread))
    made.body = lambda thread: raise_error(ValueError("poison"))
    yield made
    made.close(5)


def raise_error(error):
    raise error


def ended(streams, state, seconds=10):
    assert streams._ended.wait(seconds)
    assert streams.state is state
    return streams.error


@every_error
def test_what_a_stream_thread_raises_ends_the_application_with_an_error_that_can_be_raised(streams, error, caplog):
    streams.body = lambda thread: raise_error(error)
    streams.start()
    found = ended(streams, State.ERROR)
    assert isinstance(found, Exception)
    assert type(error).__name__ in f"{type(found).__name__}: {found}"
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    with pytest.raises(type(found)):
        streams.wait(1)


@every_error
def test_a_handler_that_raises_ends_the_application(streams, error, caplog):
    streams.set_uncaught_exception_handler(lambda _: raise_error(error))
    streams.start()
    assert "poison" in str(ended(streams, State.ERROR))
    assert "the uncaught exception handler raised" in caplog.text


@pytest.mark.parametrize("answer", [None, "replace-thread", 5])
def test_a_handler_that_answers_something_else_ends_the_application(streams, answer, caplog):
    streams.set_uncaught_exception_handler(lambda _: answer)
    streams.start()
    assert "poison" in str(ended(streams, State.ERROR))
    assert f"answered {answer!r}" in caplog.text


@every_error
def test_a_state_listener_that_raises_is_logged_and_told_on(streams, error, caplog):
    told = []

    def listen(new, old):
        told.append(new)
        raise_error(error)

    streams.set_state_listener(listen)
    streams.start()
    ended(streams, State.ERROR)
    assert told == [State.REBALANCING, State.PENDING_ERROR, State.ERROR]
    assert "the state listener raised" in caplog.text


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_close_in_user_code_begins_the_end_and_returns(streams, timeout):
    answers = []
    streams.body = lambda thread: (
        answers.append((streams.close(timeout), streams.wait(timeout))) or raise_error(ValueError("after it"))
    )
    streams.start()
    assert "after it" in str(ended(streams, State.NOT_RUNNING))
    assert answers == [(False, False)]


def test_close_in_the_handler_begins_the_end_and_returns(streams):
    answers = []

    def close(error):
        answers.append(streams.close())
        return SHUT_DOWN

    streams.set_uncaught_exception_handler(close)
    streams.start()
    assert "poison" in str(ended(streams, State.NOT_RUNNING))
    assert answers == [False]


def test_close_in_a_state_listener_begins_the_end_and_returns(streams):
    answers = []
    streams.body = lambda thread: thread._stopping.wait(10) and raise_error(ValueError("stopped"))
    streams.set_state_listener(lambda new, old: answers.append(streams.close()))
    streams.start()
    ended(streams, State.NOT_RUNNING)
    assert answers[0] is False


def test_close_before_the_start_may_be_called_by_the_listener_too(streams):
    streams.set_state_listener(lambda new, old: streams.close())
    assert streams.close(10)
    assert streams.state is State.NOT_RUNNING


@pytest.fixture
def gate():
    opened = threading.Event()
    yield opened
    opened.set()


def test_a_handler_that_blocks_keeps_neither_close_nor_wait(streams, gate):
    asked = threading.Event()

    def block(error):
        asked.set()
        gate.wait(60)
        return SHUT_DOWN

    streams.set_uncaught_exception_handler(block)
    streams.start()
    assert asked.wait(10)
    assert streams.state is State.REBALANCING
    assert (streams.wait(0.1), streams.close(0.1)) == (False, False)
    gate.set()
    ended(streams, State.NOT_RUNNING)


def test_a_state_listener_that_blocks_is_left_behind(streams, gate, monkeypatch, caplog):
    monkeypatch.setattr(state_notifier, "MOST_SECONDS", 0.1)
    streams.set_state_listener(lambda new, old: gate.wait(60))
    streams.start()
    ended(streams, State.ERROR)
    assert "the state listener has not come back" in caplog.text


def test_user_code_that_blocks_is_named_while_it_is_waited_for(streams, gate, monkeypatch, caplog):
    monkeypatch.setattr(joining, "FIRST_SECONDS", 0.2)
    monkeypatch.setattr(joining, "EVERY_SECONDS", 0.1)

    reached = threading.Event()

    def slow_lookup():
        reached.set()
        gate.wait(60)

    streams.body = lambda thread: slow_lookup() or raise_error(ValueError("late"))
    streams.start()
    assert reached.wait(10)
    assert not streams.close(1)
    assert "closing has waited" in caplog.text
    assert "callbacks-1-StreamThread-1" in caplog.text
    assert "test_user_callbacks.py" in caplog.text
    assert "slow_lookup" in caplog.text


def raises_os_error(call):
    with pytest.raises(OSError, match="too late"):
        call()


def test_close_while_the_application_starts_has_no_thread_start_afterwards(streams, gate, monkeypatch):
    began = threading.Event()
    monkeypatch.undo()
    monkeypatch.setattr(streams, "_supplier", SimpleNamespace(admin=lambda settings: None))
    monkeypatch.setattr(
        kafka_streams, "prepare", lambda *_, **__: began.set() or (gate.wait(60) and raise_error(OSError("too late")))
    )
    starting = threading.Thread(target=lambda: raises_os_error(streams.start))
    starting.start()
    assert began.wait(10)
    assert streams.close(10)
    gate.set()
    starting.join(10)
    assert (streams.state, streams._threads) == (State.NOT_RUNNING, [])


@every_error
def test_a_start_that_fails_ends_in_error(streams, monkeypatch, error):
    monkeypatch.setattr(streams, "_start", lambda: raise_error(error))
    with pytest.raises(type(error)):
        streams.start()
    assert isinstance(ended(streams, State.ERROR), Exception)


def test_a_thread_that_fails_each_time_is_replaced_after_longer_and_longer_waits(streams, monkeypatch, caplog):
    waits = []
    start_thread = streams._start_thread

    def note(application, *, wait_seconds=0.0):
        waits.append(wait_seconds)
        if len(waits) > 5:
            return None
        return start_thread(application)

    monkeypatch.setattr(streams, "_start_thread", note)
    streams.set_uncaught_exception_handler(lambda error: StreamThreadExceptionResponse.REPLACE_THREAD)
    streams.start()
    for _ in range(100):
        if len(waits) > 5:
            break
        threading.Event().wait(0.05)
    assert waits == [0, 0, 1, 2, 4, 8]
    assert "a thread is replaced, 5 times in 0 s: the new one starts in 8 s" in caplog.text


def test_a_thread_that_waits_to_start_ends_at_once_when_it_is_told_to():
    from kstream_cli.runtime.threads.stream_thread import StreamThread

    ends = []
    thread = StreamThread(
        "t",
        make_clients=lambda thread: sys.exit("made"),
        metrics=SimpleNamespace(bind=lambda state, progress: None),
        on_state=lambda: None,
        on_end=lambda thread, error: ends.append(error),
        wait_seconds=60,
    )
    thread.start()
    thread.stop()
    thread.join(5)
    assert ends == [None]
