"""What --on-error sets in motion: the handler's answer, the instances' command line, and the exit code."""

import pytest

from kstream_cli.commands.running.launch import Launch
from kstream_cli.config import Config
from kstream_cli.errors import ApplicationShutdownError
from kstream_cli.runtime.cluster.topic_setup import TopicSetup
from kstream_cli.runtime.kafka_streams import KafkaStreams
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.uncaught_exceptions import StreamThreadExceptionResponse

ANSWERS = {
    "replace-thread": StreamThreadExceptionResponse.REPLACE_THREAD,
    "shutdown-client": StreamThreadExceptionResponse.SHUTDOWN_CLIENT,
    "shutdown-application": StreamThreadExceptionResponse.SHUTDOWN_APPLICATION,
}


@pytest.fixture
def launches(monkeypatch):
    """What the command wants to start, without starting it."""
    seen = []
    monkeypatch.setattr(Launch, "on_cluster", lambda launch: seen.append(launch) or 0)
    return seen


@pytest.fixture
def ending(monkeypatch, small):
    """Has `kstream run` end like an application that went wrong."""

    def end(error, *, everywhere):
        def start(streams):
            streams.error, streams.application_shutdown = error, everywhere
            streams._state = State.ERROR
            streams._ended.set()

        monkeypatch.setattr(KafkaStreams, "start", start)
        monkeypatch.setattr(Launch, "_missing_topics", lambda *_: ([], 1))
        monkeypatch.setattr(TopicSetup, "create", lambda *_: [])

    return end


@pytest.mark.parametrize("text", ANSWERS)
def test_each_answer_has_its_name_on_the_command_line(text, kstream, launches):
    kstream("run", "--on-error", text)
    assert [launch.on_error for launch in launches] == [ANSWERS[text]]


def test_it_may_be_given_in_the_environment(kstream, launches, monkeypatch):
    monkeypatch.setenv("KSTREAM_ON_ERROR", "replace-thread")
    kstream("run")
    assert [launch.on_error for launch in launches] == [StreamThreadExceptionResponse.REPLACE_THREAD]


def test_an_error_ends_the_instance_alone_by_default(kstream, launches):
    kstream("run")
    assert [launch.on_error for launch in launches] == [StreamThreadExceptionResponse.SHUTDOWN_CLIENT]


@pytest.mark.parametrize("text", ANSWERS)
def test_each_of_several_processes_is_told_the_same(text, kstream, launches):
    kstream("run", "--processes", "2", "--on-error", text)
    arguments = launches[0]._arguments(Config.from_mapping({"bootstrap.servers": "localhost:1"}))
    assert arguments[arguments.index("--on-error") :][:2] == ["--on-error", text]


@pytest.mark.parametrize("text", ANSWERS)
def test_an_instance_answers_every_error_with_it(text, kstream, ending, monkeypatch):
    ending(None, everywhere=False)
    handlers = []
    monkeypatch.setattr(KafkaStreams, "set_uncaught_exception_handler", lambda _, handler: handlers.append(handler))
    kstream("run", "small.py", "-b", "localhost:1", "--on-error", text)
    assert [handler(ValueError()) for handler in handlers] == [ANSWERS[text]]


def test_the_instance_that_asked_all_to_shut_down_shows_its_error_and_ends_with_3(kstream, ending):
    ending(ValueError("poison"), everywhere=True)
    outcome = kstream("run", "small.py", "-b", "localhost:1")
    assert outcome.code == 3
    assert "error: ValueError: poison\n" in outcome.err


def test_an_instance_that_was_asked_to_shut_down_says_so_and_ends_with_3(kstream, ending):
    ending(ApplicationShutdownError("another instance asked"), everywhere=True)
    outcome = kstream("run", "small.py", "-b", "localhost:1")
    assert (outcome.code, outcome.err.splitlines()[-1]) == (3, "error: another instance asked")


def test_with_debug_the_traceback_is_shown_and_the_code_is_still_3(kstream, ending):
    ending(ValueError("poison"), everywhere=True)
    outcome = kstream("run", "small.py", "-b", "localhost:1", "--debug")
    assert outcome.code == 3
    assert outcome.err.endswith("ValueError: poison\n")


def test_an_error_of_one_instance_alone_ends_with_1(kstream, ending):
    ending(ValueError("poison"), everywhere=False)
    assert kstream("run", "small.py", "-b", "localhost:1").code == 1
