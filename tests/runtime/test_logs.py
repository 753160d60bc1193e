import logging
import threading
from typing import Any

import pytest

from kstream_cli import Config
from kstream_cli.logs import logger
from kstream_cli.processor.metrics import Metrics
from kstream_cli.runtime.threads.log_context import LogContext
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics
from kstream_cli.runtime.threads.thread_summary import ThreadSummary
from kstream_cli.task.task_id import TaskId


def record_of(thread_name, task=None):
    """A log record made in a thread of that name, while it works on a task."""
    made = []

    def log():
        made.append(logging.LogRecord("user", logging.INFO, "file.py", 1, "text", None, None))
        LogContext().filter(made[0])

    thread: Any = threading.Thread(target=log, name=thread_name)
    thread.current_task = task
    thread.start()
    thread.join()
    return made[0]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("app-64cf1d3a-b612-StreamThread-12", "StreamThread-12"),
        ("my-app-GlobalStreamThread", "GlobalStreamThread"),
        ("app-1-StandbyThread", "StandbyThread"),
        ("web-server-3", "web-server-3"),
    ],
)
def test_a_line_names_its_thread_without_the_client_id(name, short):
    assert record_of(name).where == short


def test_a_line_names_the_task_at_work():
    record = record_of("app-StreamThread-1", TaskId(1, 4))
    assert (record.stream_thread, record.task, record.where) == ("StreamThread-1", "1_4", "StreamThread-1 1_4")


@pytest.fixture
def metrics():
    return ThreadMetrics(Metrics(Config.from_mapping({"application.id": "app"}), {"thread-id": "t"}))


def logged(summary, caplog, *, after):
    caplog.clear()
    with caplog.at_level(logging.INFO):
        summary.log_if_due(summary._since + after)
    return caplog.messages


def test_a_summary_is_of_what_was_done_since_the_one_before(metrics, caplog):
    metrics.processed(0.1, 50)
    summary = ThreadSummary(metrics, 10_000)
    metrics.processed(0.1, 1234)
    metrics.committed(0.1)
    assert logged(summary, caplog, after=9.9) == []
    [line] = logged(summary, caplog, after=10)
    assert line == "processed 1,234 records, made 1 commit and ran punctuations 0 times in the last 10 s"
    assert logged(summary, caplog, after=1) == []
    assert logged(summary, caplog, after=10) == [
        "processed 0 records, made 0 commits and ran punctuations 0 times in the last 10 s"
    ]


def test_an_interval_below_zero_means_no_summary(metrics, caplog):
    assert logged(ThreadSummary(metrics, -1), caplog, after=1_000_000) == []


class Failing(logging.Handler):
    """A handler as a user may write one."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def emit(self, record: logging.LogRecord) -> None:
        raise self.error


@pytest.mark.parametrize("error", [ValueError("no disk"), SystemExit(3), GeneratorExit(), RecursionError()], ids=repr)
def test_a_log_handler_that_raises_stops_nothing_and_its_line_is_shown(error, capsys):
    log, handler = logger("kstream_cli.of_a_test"), Failing(error)
    log.addHandler(handler)
    try:
        log.error("the broker %s is gone", "b\x1b1")
    finally:
        log.removeHandler(handler)
    shown = capsys.readouterr().err
    assert "ERROR the broker b\\x1b1 is gone" in shown
    assert f"a log handler raised {type(error).__name__}" in shown


def test_a_log_handler_that_raises_with_nowhere_to_show_it_stops_nothing(monkeypatch):
    log, handler = logger("kstream_cli.of_a_test"), Failing(ValueError("no disk"))
    monkeypatch.setattr("sys.stderr", None)
    log.addHandler(handler)
    try:
        log.error("the broker is gone")
    finally:
        log.removeHandler(handler)
