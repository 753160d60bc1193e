import json
import time
from pathlib import Path

import pytest

from kstream_cli.commands.running.supervisor import MOST_RESTARTS, Supervisor, _code_of_stopped
from kstream_cli.errors import BrokerUnavailableError


class Lines:
    """A view that keeps the lines it is given."""

    def __init__(self):
        self.lines = []

    def started(self):
        pass

    def ended(self):
        pass

    def state(self, state):
        pass

    def progress(self, threads):
        pass

    def line(self, text):
        self.lines.append(text.plain)

    log_line = line


@pytest.fixture
def view():
    return Lines()


def test_it_ends_well_when_every_instance_does_and_passes_on_what_they_say(view):
    assert Supervisor(["version"], 2, view).run() == 0
    assert sorted(line[:11] for line in view.lines if "kstream" in line) == ["[1] kstream", "[2] kstream"]


def test_an_instance_that_crashes_is_started_again_a_few_times(view, project):
    assert Supervisor(["describe", "nowhere.py"], 1, view).run() == 1
    assert sum("starting it again" in line for line in view.lines) == MOST_RESTARTS
    assert sum("no topology module" in line for line in view.lines) == MOST_RESTARTS + 1


ONE_ENDS_THE_APPLICATION = """
import os, time

try:
    os.mkdir("first")
except FileExistsError:
    os.mkdir("second")
    time.sleep(60)
while not os.path.exists("second"):
    time.sleep(0.05)
os._exit(3)
"""


def test_an_instance_that_ends_with_the_whole_application_stays_down_and_the_others_are_stopped(view, project):
    (project / "ending.py").write_text(ONE_ENDS_THE_APPLICATION)
    assert Supervisor(["describe", "ending.py"], 2, view).run() == 3
    assert view.lines == ["the whole application shuts down: stopping the others"]


def test_an_instance_does_not_take_for_its_own_what_the_environment_asks_of_the_supervisor(view, project, monkeypatch):
    for name in ("PROCESSES", "FROM_BEGINNING", "TASKS", "SET"):
        monkeypatch.setenv(f"KSTREAM_{name}", "2")
    (project / "asking.py").write_text("import os\nprint(sorted(n for n in os.environ if n.startswith('KSTREAM_')))\n")
    Supervisor(["describe", "asking.py"], 1, view).run()
    assert "[1] []" in view.lines


def test_the_instances_of_a_command_find_its_settings_and_nobody_else_reads_them(view, project, monkeypatch):
    monkeypatch.setenv("KSTREAM_SET", "sasl.password=hunter2")
    (project / "seen.py").write_text(
        "import sys, json\n"
        "from kstream_cli.commands.running.handed_settings import handed\n"
        "print(json.dumps([sys.orig_argv, handed()]))\n"
    )
    Supervisor(["describe", "seen.py"], 1, view, assignments=["sasl.password=hunter2"]).run()
    command_line, settings = json.loads(view.lines[0].removeprefix("[1] "))
    assert command_line[-2:] == ["describe", "seen.py"]
    assert settings == ["sasl.password=hunter2"]


def test_wrong_usage_is_not_tried_again(view):
    assert Supervisor(["nonsense"], 1, view).run() == 1
    assert not any("again" in line for line in view.lines)


LASTING = """
import os, time

open(f"pid-{os.getpid()}", "w").close()
time.sleep(60)
"""


def test_when_the_cluster_is_gone_for_good_no_process_is_left_behind(view, project):
    (project / "lasting.py").write_text(LASTING)

    def check_broker():
        if len(list(project.glob("pid-*"))) == 2:
            raise BrokerUnavailableError("the broker has died")

    with pytest.raises(BrokerUnavailableError):
        Supervisor(["describe", "lasting.py"], 2, view, check_broker=check_broker).run()
    for file in project.glob("pid-*"):
        assert ends(int(file.name.removeprefix("pid-")))


def ends(pid):
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("code", "told"), [(143, 0), (0, 0), (1, 1), (130, 1), (137, 1)])
def test_an_instance_that_is_told_to_stop_before_it_can_hear_has_done_nothing_yet(code, told):
    assert (_code_of_stopped(code) != 0) == bool(told)
