"""`python -m kstream_cli` and the `kstream` command."""

from __future__ import annotations

import sys

LEAVE_SECONDS = 3.0


def main() -> None:
    # First of all: a signal may come while the rest is imported.
    from kstream_cli.commands.running.stop_signals import ending_on_signals, is_application

    arguments = sys.argv[1:]
    code = ending_on_signals(arguments, _program)
    if not is_application(arguments):
        _end_results()
    _leave_threads_behind(code)
    sys.exit(code)


def _program() -> int:
    from kstream_cli.commands.app import main as run

    return run()


def _end_results() -> None:
    """All results are written: what a module prints as Python ends, in an atexit function, goes to standard error."""
    import os

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
        os.dup2(2, 1)
    except (OSError, ValueError):  # Nobody reads the one, or there is none of the other.
        return
    sys.stdout = sys.stderr


def _leave_threads_behind(code: int) -> None:
    """Python waits for a thread that a module has started, for ever if need be; a command that is done does not."""
    import threading

    others = [thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()]
    if not others:
        return

    def leave() -> None:
        import os
        import time

        time.sleep(LEAVE_SECONDS)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)

    threading.Thread(target=leave, name="leave", daemon=True).start()


if __name__ == "__main__":
    main()
