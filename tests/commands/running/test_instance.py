"""How `kstream run` ends: every way to stop, with every way in which the end can fail."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from kstream_cli import State, StreamsBuilder, StreamThreadExceptionResponse
from kstream_cli.commands.app import main
from kstream_cli.commands.output.standard_streams import ReaderGoneError
from kstream_cli.commands.running import instance
from kstream_cli.commands.running.instance import Instance
from kstream_cli.config import Config
from kstream_cli.errors import BrokerUnavailableError, CommitFailedError, StreamsError
from kstream_cli.runtime.kafka_streams import KafkaStreams
from kstream_cli.runtime.threads.progress import TaskProgress, ThreadProgress

REFUSED = CommitFailedError("the last commit failed: fenced")


class View:
    """One that cannot be shown, if `error` says so."""

    def __init__(self, error=None):
        self.error = error

    def started(self): ...

    def state(self, state):
        self._show()

    def progress(self, threads):
        self._show()

    def ended(self):
        self._show()

    def _show(self):
        if self.error is not None:
            raise self.error


@pytest.fixture
def application(monkeypatch, tmp_path):
    """Makes an instance whose application runs, and whose last commit fails with `at_close`."""

    def make(at_close=None, view=None, **options):
        def start(streams):
            streams._state = State.RUNNING

        def close(streams, timeout=None):
            streams.error = streams.error or at_close
            streams._state = State.NOT_RUNNING
            streams._ended.set()
            return True

        progress = (ThreadProgress("t", "RUNNING", 0.0, tasks=(TaskProgress("0_0", "running", (), 1, 0),)),)
        monkeypatch.setattr(KafkaStreams, "start", start)
        monkeypatch.setattr(KafkaStreams, "close", close)
        monkeypatch.setattr(KafkaStreams, "progress", lambda streams: progress)
        monkeypatch.setattr(instance, "_spare_the_garbage_collector", lambda: None)
        builder = StreamsBuilder()
        builder.stream("in", key=str, value=str).to("out")
        config = Config.from_mapping(
            {"application.id": "ends", "bootstrap.servers": "127.0.0.1:1", "state.dir": str(tmp_path)}
        )
        options = {"on_error": StreamThreadExceptionResponse.SHUTDOWN_CLIENT, **options}
        return Instance(builder.build(), config, view or View(), **options)

    return make


def soon(step):
    threading.Timer(0.3, step).start()


def by_signal(number):
    def stop(made):
        soon(lambda: os.kill(os.getpid(), number))

    return stop


def by_user_code(made):
    soon(lambda: (setattr(made.streams, "error", None), made.streams.close()))


WAYS_TO_STOP = {
    "SIGINT": (by_signal(signal.SIGINT), {}),
    "SIGTERM": (by_signal(signal.SIGTERM), {}),
    "SIGHUP": (by_signal(signal.SIGHUP), {}),
    "idleness": (lambda made: None, {"idle_seconds": 0.2}),
    "no idle time at all": (lambda made: None, {"idle_seconds": 0}),
    "close() in user code": (by_user_code, {}),
}
every_way = pytest.mark.parametrize("way", WAYS_TO_STOP)


@every_way
def test_it_is_done_when_the_last_commit_was_acknowledged(application, way):
    stop, options = WAYS_TO_STOP[way]
    made = application(**options)
    stop(made)
    assert made.run() == 0


@every_way
@pytest.mark.parametrize(
    "failure", [REFUSED, BrokerUnavailableError("no commit was possible"), StreamsError("other")], ids=repr
)
def test_a_last_commit_that_fails_is_the_commands_failure(application, way, failure):
    stop, options = WAYS_TO_STOP[way]
    made = application(failure, **options)
    stop(made)
    with pytest.raises(type(failure), match=str(failure)):
        made.run()


@every_way
@pytest.mark.parametrize("gone", [OSError(5, "Input/output error"), ReaderGoneError()], ids=["terminal", "reader"])
def test_a_view_that_nobody_can_see_does_not_keep_it_from_committing(application, way, gone):
    stop, options = WAYS_TO_STOP[way]
    made = application(view=View(gone), **options)
    stop(made)
    assert made.run() == 0
    assert made.streams.state is State.NOT_RUNNING


def test_a_broker_that_is_gone_for_good_ends_it_at_once(application):
    def check():
        raise BrokerUnavailableError("the broker has died")

    made = application(check_broker=check)
    with pytest.raises(BrokerUnavailableError, match="has died"):
        made.run()
    assert made.streams.state is State.NOT_RUNNING


def test_a_start_that_fails_is_raised(application, monkeypatch):
    made = application()

    def start(streams):
        raise StreamsError("no such topic")

    monkeypatch.setattr(KafkaStreams, "start", start)
    monkeypatch.setattr(KafkaStreams, "state", State.ERROR)
    with pytest.raises(StreamsError, match="no such topic"):
        made.run()


@pytest.mark.parametrize("code", [0, 3])
def test_user_code_does_not_choose_the_commands_exit_code(project, capsys, code):
    (project / "leaving.py").write_text(f"import sys\nsys.exit({code})\n")
    assert main(["run", "leaving.py", "-b", "127.0.0.1:1"]) == 1
    assert "error: " in capsys.readouterr().err


def test_an_error_is_told_although_nobody_reads_the_results():
    out, side = os.pipe()
    os.close(out)
    code = """
import sys
from kstream_cli.commands.output.standard_streams import results, standard_streams_taken
with standard_streams_taken():
    results().write("a result")
    raise KeyError("what went wrong")
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=side, stderr=subprocess.PIPE, text=True)
    os.close(side)
    assert "KeyError: 'what went wrong'" in done.stderr.splitlines()
