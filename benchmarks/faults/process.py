"""An instance as the driver sees it: a process with a state directory, to be killed, frozen and starved of disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.cache import HERE, kafka_jars

STATE_MEGABYTES = 64


class Instance:
    """One in Python. Its state directory is a small tmpfs where that can be mounted, so that its disk can be filled."""

    kind = "instance"
    changes_threads = True
    """Whether a signal adds, or removes, a thread."""

    def __init__(self, number: int, directory: Path, config: Mapping[str, str]) -> None:
        self.name = f"{self.kind}-{number}"
        self.directory = directory / self.name
        self.state = self.directory / "state"
        self.state.mkdir(parents=True)
        self.small_disk = self._mount()
        self.wanted = False
        self.frozen = False
        self._config = {**config, "state.dir": str(self.state)}
        self._log = self.directory / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                env={**os.environ, "PYTHONPATH": str(HERE.parent), "FAULTS_CONFIG": json.dumps(self._config)},
                cwd=HERE.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wanted = True

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.alive:
            self._process.send_signal(number)

    def kill(self) -> None:
        self.wanted = False
        self.signal(signal.SIGKILL)
        self._wait(60)

    def stop(self) -> None:
        """Close gracefully; raises TimeoutExpired when it does not end within two minutes."""
        self.wanted = False
        self.signal(signal.SIGTERM)
        self._wait(120)

    def freeze(self) -> None:
        self.frozen = True
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)
        self.frozen = False

    def delete_state(self) -> None:
        for entry in self.state.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def fill_disk(self) -> None:
        block = b"\0" * 1_000_000
        try:
            with (self.state / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(block)
        except OSError:
            # The last hole smaller than a block is filled as well.
            with (self.state / "filler-end").open("wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(b"\0" * 4096)
                except OSError:
                    pass

    def free_disk(self) -> None:
        for name in ("filler", "filler-end"):
            (self.state / name).unlink(missing_ok=True)

    def last_error(self) -> str:
        """The last line logged as an error, but for the instance's own farewell."""
        lines = self._log.read_text(errors="replace").splitlines()
        errors = [line for line in lines if " ERROR " in line and " MainThread " not in line]
        return errors[-1] if errors else "no error was logged"

    def unmount(self) -> None:
        if self.small_disk:
            subprocess.run(["umount", str(self.state)], check=False, capture_output=True)

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "benchmarks.faults.instance"]

    def _mount(self) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", f"size={STATE_MEGABYTES}m", "tmpfs", str(self.state)]
        try:
            return subprocess.run(command, capture_output=True).returncode == 0
        except OSError:
            return False

    def _wait(self, seconds: float) -> None:
        if self._process is not None:
            self._process.wait(seconds)


class JavaInstance(Instance):
    """One of Kafka Streams for Java, of the same topology: for a group that has both."""

    kind = "java"
    changes_threads = False

    def _command(self) -> list[str]:
        return ["java", "-Xmx256m", "-cp", f"{kafka_jars()}/*", str(HERE / "faults" / "Pipeline.java")]


def wait_for(instance: Instance, seconds: float) -> bool:
    """Whether the process ended by itself within that time."""
    deadline = time.monotonic() + seconds
    while instance.alive and time.monotonic() < deadline:
        time.sleep(0.1)
    return not instance.alive
