"""`kstream run --reload`: runs an application anew each time a file changes that it has imported.

Each run is a process of its own, so that nothing of the old code is left. The embedded broker is the reloader's, and
outlives the runs. Files are looked at a few times a second. They are few, as only those that were imported count. So it
works on every file system, mounted and remote ones too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from kstream_cli.broker import keeper
from kstream_cli.broker.embedded import EmbeddedBroker
from kstream_cli.commands import exit_codes
from kstream_cli.commands.output.standard_streams import say
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.commands.running.kept import VARIABLE, Kept, changed_at
from kstream_cli.commands.running.stop_signals import StopSignals
from kstream_cli.printable import printable

LOOK_EVERY_SECONDS = 0.25
STOP_SECONDS = 30.0
ONCE = ("--from-beginning",)
"""Options that only the first run has."""
OWN_VARIABLES = ("KSTREAM_RELOAD",)
ONCE_VARIABLES = ("KSTREAM_FROM_BEGINNING",)


class Reloader:
    """Runs `kstream` with these arguments, which are those of `kstream run` without --reload, until it is told to stop.

    A run that ends with 0 was done, and ends the command. After one that failed a change is waited for.
    """

    def __init__(self, arguments: list[str], *, embedded: bool, port: int | None = None) -> None:
        self._arguments = arguments
        self._embedded = embedded
        self._port = port
        self._runs = 0

    def run(self) -> int:
        """The exit code: 0 when told to stop, else that of the last run."""
        with _folder() as kept, self._broker(kept) as broker, StopSignals() as stop:
            while True:
                kept.forget_run()
                process = self._start(kept)
                try:
                    changed = self._wait(process, kept, stop, broker)
                finally:
                    code = _ended(process)
                if not changed:
                    return exit_codes.DONE if stop.asked else code

    def _wait(
        self, process: subprocess.Popen[bytes], kept: Kept, stop: StopSignals, broker: EmbeddedBroker | None
    ) -> bool:
        """Whether files have changed; False once the command is to end."""
        failed: dict[Path, int] | None = None
        while not stop.asked:
            if broker is not None:
                broker.check()
            files = kept.files()
            code = process.poll()
            if code == exit_codes.DONE:
                return False
            if code is not None and failed is None:
                if not files:
                    return False  # It had not even a module: its error is all there is to say.
                failed = _beside(files)
                say("waiting for a change")
            changed = _changed(files) | (set() if failed is None else _changed({**failed, **_new(failed, files)}))
            before = {file: changed_at(file) for file in changed}
            stop.wait(LOOK_EVERY_SECONDS)
            # An editor may still be writing: the files are read once they rest.
            if changed and code is None and self._embedded and not kept.is_settled:
                continue  # The embedded broker waits long for a member that leaves while its group forms.
            if changed and before == {file: changed_at(file) for file in changed}:
                say(f"{', '.join(sorted(map(_shown, changed)))} changed: starting again")
                return True
        return False

    def _start(self, kept: Kept) -> subprocess.Popen[bytes]:
        is_first = self._runs == 0
        self._runs += 1
        left_out = (*OWN_VARIABLES, *(() if is_first else ONCE_VARIABLES))
        arguments = [each for each in self._arguments if is_first or each not in ONCE]
        # The keeper ends the run, gently, when this process is gone.
        return subprocess.Popen(
            [sys.executable, keeper.__file__, str(STOP_SECONDS), sys.executable, "-m", "kstream_cli", *arguments],
            cwd=start_folder(),
            stdin=subprocess.PIPE,
            env={
                **{name: text for name, text in os.environ.items() if name not in left_out},
                VARIABLE: str(kept.folder),
            },
            start_new_session=True,  # A Ctrl-C is for the reloader, which tells the run.
        )

    @contextmanager
    def _broker(self, kept: Kept) -> Iterator[EmbeddedBroker | None]:
        if not self._embedded:
            yield None
            return
        with EmbeddedBroker(self._port) as broker:
            kept.keep_broker(broker.bootstrap_servers)
            yield broker


@contextmanager
def _folder() -> Iterator[Kept]:
    with tempfile.TemporaryDirectory(prefix="kstream-reload-", ignore_cleanup_errors=True) as folder:
        yield Kept(Path(folder))


def _ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a run, which is told to end if it has not."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
    finally:
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()


def _beside(files: Mapping[Path, int]) -> dict[Path, int]:
    """All Python files beside these: what an import did not find may be one of them, under a better name."""
    return {file: changed_at(file) for folder in {each.parent for each in files} for file in folder.glob("*.py")}


def _new(known: Mapping[Path, int], files: Mapping[Path, int]) -> dict[Path, int]:
    return {file: 0 for file in _beside(files) if file not in known}


def _changed(files: Mapping[Path, int]) -> set[Path]:
    # A file that is gone is about to be written anew.
    return {file for file, before in files.items() if changed_at(file) not in (before, 0)}


def _shown(file: Path) -> str:
    start = start_folder()
    return printable(str(file.relative_to(start) if file.is_relative_to(start) else file))
