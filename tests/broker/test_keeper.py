"""One command for as long as its owner lives."""

import os
import signal
import subprocess
import sys
import time

from kstream_cli.broker import keeper

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def kept(seconds, command):
    return subprocess.Popen(
        [sys.executable, keeper.__file__, str(seconds), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_the_exit_code_of_the_command_is_passed_on():
    assert kept(0, [sys.executable, "-c", "raise SystemExit(7)"]).wait(30) == 7


def test_the_command_is_killed_when_its_owner_is_gone():
    process = kept(0, SLEEP)
    process.stdin.close()
    assert process.wait(30) != 0


def test_a_signal_that_comes_while_the_command_is_starting_ends_it(monkeypatch):
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    start = subprocess.Popen

    def start_late(*arguments, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        return start(*arguments, **options)

    monkeypatch.setattr(keeper.subprocess, "Popen", start_late)  # type: ignore[attr-defined]
    monkeypatch.setattr(keeper, "_end_with_input", lambda child, seconds: time.sleep(0))
    try:
        assert keeper.keep(0, SLEEP) == 128 + signal.SIGTERM
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
