"""What Ctrl-C, SIGTERM and a closed terminal do to a command, at any moment of its life."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from kstream_cli.commands.running import stop_signals
from kstream_cli.commands.running.stop_signals import StopAsked, StopSignals, ending_on_signals

TWICE = """
import os, signal
from kstream_cli.commands.running.stop_signals import StopSignals

with StopSignals() as stop:
    os.kill(os.getpid(), signal.SIGINT)
    print("first", stop.asked, flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    print("never said", flush=True)
"""
NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
every_signal = pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_signal_asks_and_the_second_ends_at_once_and_gives_the_cursor_back():
    terminal, side = pty.openpty()
    done = subprocess.run([sys.executable, "-c", TWICE], stdout=side)
    os.close(side)
    shown = os.read(terminal, 1000).decode()
    os.close(terminal)
    assert done.returncode == 130
    assert shown.replace("\r", "") == "first True\n\x1b[?25h\n"


@every_signal
def test_each_signal_asks_a_running_application_to_stop(number):
    with StopSignals() as stop:
        os.kill(os.getpid(), number)
        stop.wait(5)
        assert stop.asked


@every_signal
@pytest.mark.parametrize("command", ["run", "broker"])
def test_an_application_that_is_stopped_before_it_runs_is_done(number, command):
    def program():
        os.kill(os.getpid(), number)
        time.sleep(5)
        raise AssertionError("not stopped")

    assert ending_on_signals(["--debug", command, "app.py"], program) == 0


def test_another_command_is_broken_off_by_ctrl_c():
    assert ending_on_signals(["describe"], lambda: os.kill(os.getpid(), signal.SIGINT) or 0) == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_another_command_is_ended_by_other_signals_as_any_program(number):
    before = signal.getsignal(number)
    assert ending_on_signals(["describe"], lambda: 0) == 0
    assert signal.getsignal(number) == before


def test_nobody_takes_a_stop_for_an_error():
    assert not issubclass(StopAsked, Exception)


@pytest.mark.parametrize("phase", ["before it runs", "while it runs"])
def test_who_ignores_a_closed_terminal_goes_on_as_with_nohup(phase):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def hang_up():
        os.kill(os.getpid(), signal.SIGHUP)
        return 7

    if phase == "before it runs":
        assert ending_on_signals(["run"], hang_up) == 7
    else:
        with StopSignals() as stop:
            hang_up()
            assert not stop.asked
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@every_signal
def test_a_modules_own_handler_is_replaced_with_a_word_and_comes_back(number, caplog):
    def own_handler(number, frame):
        raise AssertionError("called")

    signal.signal(number, own_handler)
    with StopSignals() as stop:
        os.kill(os.getpid(), number)
        assert stop.asked
    assert signal.getsignal(number) is own_handler
    [line] = caplog.messages
    assert line.startswith(f"{number.name}: the handler ")
    assert "own_handler" in line
    assert f"{__file__}:" in line


def test_pythons_handlers_and_the_programs_own_are_no_word_worth(caplog):
    def program():
        with StopSignals():
            return 0

    assert ending_on_signals(["run"], program) == 0
    assert caplog.messages == []


APPLICATION = """
from kstream_cli import StreamsBuilder

config = {"application.id": "stopped", "state.dir": "state"}
builder = StreamsBuilder()
builder.stream("in", key=str, value=str).to("out")
"""


@pytest.mark.parametrize(
    ("number", "moment"),
    [(signal.SIGINT, 0.25), (signal.SIGTERM, 0.0), (signal.SIGTERM, 0.6), (signal.SIGHUP, 1.5)],
    ids=lambda value: getattr(value, "name", f"after {value} s"),
)
def test_a_run_that_finds_no_broker_can_be_stopped_at_any_moment(number, moment, tmp_path):
    (tmp_path / "app.py").write_text(APPLICATION)
    command = [sys.executable, "-m", "kstream_cli", "run", "app.py", "-b", "127.0.0.1:1"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    await_python(process.pid)
    time.sleep(moment)
    began = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in said) == (0, False), said
    assert time.monotonic() - began < 4, "the Kafka client's own patience is 6 s"


def await_python(pid):
    """Until Python itself has started, no program can heed a signal: wait for the first of its own handlers."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/status") as status:
            caught = next(line for line in status if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.005)


def test_the_signals_are_those_that_the_system_has():
    assert set(stop_signals.NUMBERS) == set(NUMBERS)
