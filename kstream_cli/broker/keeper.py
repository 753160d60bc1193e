"""Runs one command for as long as standard input stays open: it dies with its owner, even by kill -9.

Started as a program of its own, with nothing but the standard library: `python keeper.py SECONDS COMMAND...`, where
SECONDS is how long the command may take to end by itself once it is told to; with 0 it is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

SIGNALLED = 128


def keep(grace_seconds: float, command: list[str]) -> int:
    """Run the command; end it when standard input reaches its end.

    The command's own exit code is passed on; where a signal ended it, 128 and the signal's number."""
    child: subprocess.Popen[bytes] | None = None
    is_told = False

    def end(*_: object) -> None:
        nonlocal is_told
        is_told = True
        if child is not None:
            child.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    if is_told:  # Told while the command was starting.
        child.terminate()
    threading.Thread(target=_end_with_input, args=(child, grace_seconds), daemon=True).start()
    code = child.wait()
    return code if code >= 0 else SIGNALLED - code


def _end_with_input(child: subprocess.Popen[bytes], grace_seconds: float) -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            pass
    if grace_seconds:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace_seconds)
            return
    child.kill()


if __name__ == "__main__":
    sys.exit(keep(float(sys.argv[1]), sys.argv[2:]))
