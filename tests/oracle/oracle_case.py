"""A recorded case: what is in its file, and its topology in Python beside it."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import kstream_cli
from kstream_cli import Config, Topology

CASES = Path(__file__).parent / "cases"
OWN_CASES = Path(__file__).parent / "own_cases"
"""More runs of the same release, recorded for this project: joins and suppress in out-of-order, random input."""
HEADER_CASES = Path(__file__).parent / "header_cases"
"""Runs of 4.4.0 with `dsl.store.format=HEADERS`; a case without a topology of its own has that of the same name."""
FOLDERS = (CASES, OWN_CASES, HEADER_CASES)

WRITTEN_IN_PYTHON = {"default.key.serde", "default.value.serde"}
"""Settings whose Java class is a Python type here."""


@dataclass
class OracleCase:
    """One file of recordings. `build` makes the topology; functions of the topology write to `log`."""

    path: Path
    logged: list[dict[str, Any]] = field(default_factory=list)
    step: int = -1
    """The input step being run; -1 while the topology is built."""

    def __str__(self) -> str:
        with_headers = "headers/" if HEADER_CASES in self.path.parents else ""
        return f"{with_headers}{self.path.parent.name}/{self.path.stem}"

    @cached_property
    def recorded(self) -> dict[str, Any]:
        return json.loads(self.path.read_text(encoding="utf-8"))

    @cached_property
    def config(self) -> Config:
        """The case's settings; what Java names by its class is the object of the same name here."""
        settings = dict(self.recorded["config"])
        for name, value in settings.items():
            if name in WRITTEN_IN_PYTHON:
                settings[name] = getattr(kstream_cli, value.rpartition("$")[2])()
            elif value.startswith("org.apache.kafka."):
                settings[name] = getattr(kstream_cli, value.rpartition(".")[2])
        return Config.from_mapping(settings)

    def log(self, text: str) -> None:
        self.logged.append({"step": self.step, "text": text})

    def build(self) -> Topology:
        """The topology, built with the case's configuration (its optimisations among it)."""
        source = self.path.with_name(self.path.stem.partition(".")[0] + ".py")
        if not source.exists():
            source = CASES / self.path.parent.name / source.name
        spec = importlib.util.spec_from_file_location(f"oracle_{self.path.parent.name}_{self.path.stem}", source)
        assert spec is not None
        assert spec.loader is not None, source
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        built = module.build(self)
        return built if isinstance(built, Topology) else built.build(self.config)


def all_cases() -> list[OracleCase]:
    """Every recorded case, in the order of their names."""
    return [OracleCase(path) for folder in FOLDERS for path in sorted(folder.glob("*/*.json"))]
