from dataclasses import replace

import pytest

from kstream_cli.commands.running import idle_threads
from kstream_cli.commands.running.idle_threads import IdleThreads
from kstream_cli.commands.running.progress_lines import ProgressLines, Report, SideBySide, tell
from kstream_cli.config import Config
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress

CONFIG = Config.from_mapping({"application.id": "app", "bootstrap.servers": "broker:9092"})
RESTORING = RestoreProgress("counts", "app-counts-changelog", 1, 250, None)
ENDS = (("in", 1, 9),)
TASK = TaskProgress("0_1", "running", (("in", 1),), 12, 7, last_commit=5.5, restoring=(RESTORING,), ends=ENDS)
WORKING = ThreadProgress("app-uuid-StreamThread-2", "RUNNING", 100.0, 12, 4, (TASK,))


class View:
    """Notes what it is to show."""

    def __init__(self):
        self.states, self.threads, self.lines = [], [], []

    def state(self, state):
        self.states.append(state)

    def progress(self, threads):
        self.threads.append(list(threads))

    def log_line(self, text):
        self.lines.append(str(text))


def reports(capsys):
    return [line.encode() for line in capsys.readouterr().err.split("\n")[:-1]]


def test_an_instance_tells_its_parent_all_about_its_threads(capsys):
    instance, view = ProgressLines("app", CONFIG), View()
    instance.state("RUNNING")
    instance.progress([WORKING])
    beside = SideBySide(view)
    assert all(beside.heard(3, line) for line in reports(capsys))
    assert view.states[-1] == "RUNNING"
    (thread,) = view.threads[-1]
    assert thread.thread == "3.2"
    assert thread.tasks == (TASK,)


def test_the_instances_stand_below_one_another_until_they_end(capsys):
    view = View()
    beside = SideBySide(view)
    for number, state in ((2, "RUNNING"), (1, "REBALANCING")):
        instance = ProgressLines("app", CONFIG)
        instance.state(state)
        instance.progress([WORKING])
        for line in reports(capsys):
            beside.heard(number, line)
    assert [thread.thread for thread in view.threads[-1]] == ["1.2", "2.2"]
    assert view.states[-1] == "REBALANCING"
    beside.ended(1)
    assert [thread.thread for thread in view.threads[-1]] == ["2.2"]
    assert view.states[-1] == "RUNNING"


def test_what_all_instances_did_is_summed_up_whether_they_end_well_or_not(capsys):
    beside = SideBySide(View())
    restarted, killed = replace(WORKING, processed=5), replace(WORKING, processed=7)
    for number, report in (
        (1, Report("RUNNING", (WORKING,))),
        (1, Report("NOT_RUNNING", (restarted,), is_last=True)),
        (1, Report("RUNNING", (WORKING,))),
        (2, Report("RUNNING", (killed,))),
    ):
        tell(report)
        [line] = reports(capsys)
        assert beside.heard(number, line)
    beside.ended(2)
    assert sorted(thread.processed for thread in beside.threads()) == [5, 7, 12]


def test_other_lines_are_no_reports():
    assert not SideBySide(View()).heard(1, b"\x1e of the application\n")
    assert not SideBySide(View()).heard(1, b"14:08:36 WARNING [StreamThread-1] something\n")


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(idle_threads, "SETTLED_SECONDS", 0.0)


IDLE = ThreadProgress("app-uuid-StreamThread-3", "RUNNING", 100.0)


def test_threads_without_tasks_are_told_of_once(soon, caplog):
    look = IdleThreads()
    for _ in range(3):
        look.look([WORKING, IDLE, IDLE], running=True)
    (line,) = caplog.messages
    assert line.startswith("2 of 3 threads have nothing to do, with 1 task here")


@pytest.mark.parametrize(("threads", "running"), [([WORKING], True), ([IDLE], True), ([WORKING, IDLE], False)])
def test_threads_that_may_yet_get_tasks_are_not_told_of(soon, caplog, threads, running):
    IdleThreads().look(threads, running=running)
    assert caplog.messages == []
