"""Who takes part: how each contender is prepared, and the command that runs one workload with it."""

from __future__ import annotations

import subprocess
import sys
import venv
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from benchmarks.cache import HERE, cache_directory, kafka_jars

ALL = frozenset({"w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"})


class UnavailableError(Exception):
    """The contender cannot take part here; says why."""


class Contender(ABC):
    """`workloads` are those it can do, `cannot` says why not the others; `environment` is added to the run's."""

    name: str
    workloads: frozenset[str]
    cannot: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    python_rival: bool = False
    topics: tuple[str, ...] = ()
    """Ends of the names of topics that it needs and cannot make itself."""
    spreads: bool = False
    """Whether it has threads of its own, and so takes part in layouts of several."""
    share_of_whole: float = 1.0
    """How much of the input it is given where a run must go through all of it: a slow one would take hours."""

    @abstractmethod
    def prepare(self) -> None:
        """Install or compile what is needed. Raises UnavailableError."""

    @abstractmethod
    def command(self, workload: str, *, processes: int = 1) -> list[str]: ...


class KStream(Contender):
    """kstream, through its command line."""

    name = "kstream"
    spreads = True
    workloads = ALL | {"w9"}

    def prepare(self) -> None:
        command = Path(sys.executable).with_name("kstream")
        if not command.exists():
            raise UnavailableError(f"{command} is missing: install the project into this environment")
        self._command = str(command)

    def command(self, workload: str, *, processes: int = 1) -> list[str]:
        more = ["--processes", str(processes)] if processes > 1 else []
        return [self._command, "run", str(HERE / "workloads" / f"{workload}.py"), *more]


class JavaStreams(Contender):
    """Apache Kafka Streams itself."""

    name = "java"
    spreads = True
    workloads = ALL | {"w9"}

    def prepare(self) -> None:
        classes = cache_directory("java-classes")
        source = HERE / "rivals" / "java" / "StreamsBench.java"
        try:
            jars = kafka_jars()
            subprocess.run(
                ["javac", "-cp", f"{jars}/*", "-d", str(classes), str(source)], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise UnavailableError(f"Java's side does not build (JDK 17 and Maven needed): {error}") from error
        self._class_path = f"{classes}:{jars}/*"

    def command(self, workload: str, *, processes: int = 1) -> list[str]:
        return ["java", "-Xmx1g", "-cp", self._class_path, "StreamsBench", workload]


class ConfluentLoop(Contender):
    """A loop written by hand with confluent-kafka."""

    workloads = frozenset({"w1", "w4", "w7", "w8"})

    def __init__(self, *, tuned: bool) -> None:
        self.name = "loop, tuned" if tuned else "loop"
        self.environment = {"BENCH_TUNED": str(int(tuned))}

    def prepare(self) -> None:
        """Nothing to do: confluent-kafka is a dependency of kstream."""

    def command(self, workload: str, *, processes: int = 1) -> list[str]:
        return [sys.executable, "-m", "benchmarks.rivals.confluent_loop", workload]


class PythonRival(Contender):
    """A Python library in a virtual environment of its own, made on first use."""

    python_rival = True

    def __init__(
        self,
        name: str,
        requirement: str,
        module: str,
        workloads: frozenset[str],
        *,
        cannot: Mapping[str, str],
        share_of_whole: float,
        topics: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.workloads = workloads
        self.cannot = cannot
        self.share_of_whole = share_of_whole
        self.topics = topics
        self._requirement = requirement
        self._module = module

    def prepare(self) -> None:
        directory = cache_directory("environments") / self.name
        self._python = directory / "bin" / "python"
        stamp = directory / "installed"
        if stamp.exists() and stamp.read_text() == self._requirement:
            return
        venv.create(directory, with_pip=True, clear=True)
        done = subprocess.run(
            [self._python, "-m", "pip", "install", "-q", *self._requirement.split()], capture_output=True, text=True
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise UnavailableError(f"pip cannot install {self._requirement}: {lines[-1]}")
        stamp.write_text(self._requirement)

    def command(self, workload: str, *, processes: int = 1) -> list[str]:
        return [str(self._python), "-m", self._module, workload]


CONTENDERS: dict[str, Contender] = {
    contender.name: contender
    for contender in (
        KStream(),
        JavaStreams(),
        ConfluentLoop(tuned=True),
        ConfluentLoop(tuned=False),
        PythonRival(
            "quix",
            "quixstreams==3.*",
            "benchmarks.rivals.quix",
            frozenset({"w1", "w2", "w3", "w4", "w5", "w7", "w8"}),
            cannot={"w6": "no punctuators"},
            share_of_whole=0.25,
        ),
        PythonRival(
            "bytewax",
            "bytewax[kafka]==0.21.*",
            "benchmarks.rivals.bytewax_flow",
            frozenset({"w1", "w3", "w7", "w8"}),
            cannot={
                "w2": "no repartition topic, no store on disk",
                "w4": "no transactions",
                "w5": "no join of a stream with a topic's table",
                "w6": "no punctuators",
            },
            share_of_whole=0.25,
        ),
        PythonRival(
            "faust",
            # Its topic manager sends requests in a way that aiokafka 0.13 no longer knows.
            "faust-streaming==0.11.* aiokafka==0.12.*",
            "benchmarks.rivals.faust_app",
            frozenset({"w1", "w2", "w3", "w4", "w7", "w8"}),
            cannot={"w5": "its agents read in no order: inputs before their row are lost", "w6": "no punctuators"},
            share_of_whole=0.01,
            topics=("counts-changelog", "words"),
        ),
    )
}
