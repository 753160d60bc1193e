import io
import logging
import time

import pytest
from rich.console import Console
from rich.text import Text

from kstream_cli.commands.output.console import ROLES
from kstream_cli.commands.running import live_view as views
from kstream_cli.commands.running.live_view import LiveView, LogView, Rates
from kstream_cli.config import Config
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress

CONFIG = Config.from_mapping({"application.id": "app", "bootstrap.servers": "broker:9092"})


@pytest.fixture(autouse=True)
def logging_put_back():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=110, theme=ROLES, color_system=None)


def threads():
    running = TaskProgress("0_0", "running", (("lines", 0),), 1_200, 7, last_commit=time.time() - 3)
    restore = RestoreProgress("counts", "app-counts-changelog", 1, 250, 750)
    restoring = TaskProgress("1_1", "restoring", (("words", 1),), restoring=(restore,))
    return (ThreadProgress("app-uuid-StreamThread-1", "RUNNING", 100.0, 1_200, 4, (running, restoring)),)


def test_the_live_view_shows_each_threads_tasks_with_lag_commits_and_restoring(terminal):
    view = LiveView("counting", CONFIG, terminal)
    view.started()
    view.state("RUNNING")
    view.progress(threads())
    view.line(Text("counts -> a: 1"))
    view.ended()
    shown = terminal.file.getvalue()
    assert "counting  RUNNING  app at broker:9092" in shown
    assert "lines-0" in shown
    assert "1,200" in shown
    assert "3 s ago" in shown
    assert "counts 250 of 1,000" in shown
    assert "counts -> a: 1" in shown


def test_the_live_view_tells_which_cluster_a_task_waits_for(terminal):
    view = LiveView("counting", CONFIG, terminal)
    view.started()
    task = TaskProgress("0_0", "running", (("east:lines", 0),), away="east")
    view.progress((ThreadProgress("app-uuid-StreamThread-1", "RUNNING", 100.0, 1_200, 4, (task,)),))
    view.ended()
    assert "waits for east" in terminal.file.getvalue()


def test_without_a_terminal_a_summary_is_logged_every_few_seconds(monkeypatch, caplog):
    monkeypatch.setattr(views, "SUMMARY_SECONDS", 0.0)
    view = LogView("counting", CONFIG)
    with caplog.at_level(logging.INFO):
        view.progress(threads())
    assert "2 tasks, 1 thread, " in caplog.text
    assert "lag 7, 4 commits, 1 restoring" in caplog.text


def test_the_summary_comes_as_often_as_the_setting_says(caplog):
    never = Config.from_mapping({**CONFIG.original, "log.summary.interval.ms": -1})
    always = Config.from_mapping({**CONFIG.original, "log.summary.interval.ms": 0})
    with caplog.at_level(logging.INFO):
        LogView("counting", never).progress(threads())
        assert caplog.text == ""
        LogView("counting", always).progress(threads())
    assert "2 tasks, 1 thread, " in caplog.text


def test_a_rate_is_that_of_the_last_second_or_more():
    rates = Rates()
    task = TaskProgress("0_0", "running", (), 100)
    assert rates.of(task, 10.0) == 0
    assert rates.of(TaskProgress("0_0", "running", (), 700), 12.0) == 300
    assert rates.of(TaskProgress("0_0", "running", (), 800), 12.5) == 300


def test_a_task_that_starts_anew_has_no_negative_rate():
    rates = Rates()
    rates.of(TaskProgress("0_0", "running", (), 500), 10.0)
    assert rates.of(TaskProgress("0_0", "running", (), 3), 12.0) == 0


def test_where_room_is_short_only_the_partitions_give_way():
    narrow = Console(file=io.StringIO(), force_terminal=True, width=80, theme=ROLES, color_system=None)
    partitions = (("a-topic-with-a-long-name", 0),)
    tasks = tuple(
        TaskProgress(f"0_{number}", "restoring", partitions, 34_567, 89_012, last_commit=time.time())
        for number in (10, 11)
    )
    view = LiveView("counting", CONFIG, narrow)
    view.started()
    view.progress((ThreadProgress("app-uuid-StreamThread-1", "RUNNING", 100.0, 1_200, 4, tasks),))
    view.ended()
    shown = narrow.file.getvalue()  # type: ignore[attr-defined]
    whole = ("thread", "task", "state", "records/s", "lag", "commit", "0_10", "0_11", "34,567", "89,012", "0 s ago")
    assert [text for text in whole if text not in shown] == []


def test_nothing_is_shown_as_running_once_the_application_has_ended(terminal):
    view = LiveView("counting", CONFIG, terminal)
    view.state("RUNNING")
    view.progress(threads())
    view.state("NOT_RUNNING")
    with terminal.capture() as captured:
        terminal.print(view._drawn())
    assert "NOT_RUNNING" in captured.get()
    assert "running" not in captured.get()
    assert captured.get().count("closed") == 2


def test_the_error_that_ends_the_application_is_left_to_the_command():
    filter = views.FinalError()

    def passes(text, level=logging.ERROR, name="kstream_cli.runtime.uncaught_exceptions"):
        return filter.filter(logging.LogRecord(name, level, "file.py", 1, text, None, None))

    assert not passes("StreamThread-1 ended with ValueError: poison")
    assert not passes("ValueError: poison")
    assert passes("StreamThread-2 ended with KeyError: other")
    assert passes("a thread is replaced", logging.WARNING)
    assert passes("ValueError: poison", name="kstream_cli.task.stream_task")


def test_a_wide_terminal_shows_drops_and_stream_time():
    wide = Console(file=io.StringIO(), force_terminal=True, width=140, theme=ROLES, color_system=None)
    view = LiveView("counting", CONFIG, wide)
    task = TaskProgress("0_0", "running", (("lines", 0),), 1_200, 7, dropped=(("late", 2_345),), stream_time=1_500)
    view.started()
    view.progress((ThreadProgress("t", "RUNNING", 1.0, 1_200, 4, (task,)),))
    view.ended()
    shown = wide.file.getvalue()  # type: ignore[attr-defined]
    assert "2,345" in shown
    assert ":00:01" in shown


def test_what_went_out_was_filtered_dropped_or_is_held_is_shown_with_the_reasons():
    wide = Console(file=io.StringIO(), force_terminal=True, width=130, theme=ROLES, color_system=None)
    task = TaskProgress(
        "0_0", "running", (("in", 0),), 9_000, 7, sent=8_001, filtered=996, held=(("held-store", 5, 0),)
    )
    dropped = (("null key", 2), ("late\x1b", 1))
    view = LiveView("counting", CONFIG, wide)
    view.progress((ThreadProgress("t-StreamThread-1", "RUNNING", 100.0, 9_000, 4, (task,), dropped=dropped),))
    with wide.capture() as captured:
        wide.print(view._drawn())
    shown = captured.get()
    assert [text for text in ("out", "8,001", "filtered", "996", "held") if text not in shown] == []
    assert r"dropped: null key 2, late\x1b 1" in shown
    assert "held: 5 in held-store, the first of 19" in shown
