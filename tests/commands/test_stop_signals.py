import os
import pty
import subprocess
import sys

SCRIPT = """
import os, signal
from kstream_cli.commands.running.instance import StopSignals

with StopSignals() as stop:
    os.kill(os.getpid(), signal.SIGINT)
    print("first", stop.asked, flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    print("never said", flush=True)
"""


def test_the_first_signal_asks_and_the_second_ends_at_once_and_gives_the_cursor_back():
    terminal, side = pty.openpty()
    done = subprocess.run([sys.executable, "-c", SCRIPT], stdout=side)
    os.close(side)
    shown = os.read(terminal, 1000).decode()
    os.close(terminal)
    assert done.returncode == 130
    assert shown.replace("\r", "") == "first True\n\x1b[?25h\n"
