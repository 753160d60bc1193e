"""Running `kstream` in this process, in a project folder of the test's own."""

import os
import sys
from dataclasses import dataclass

import pytest

from kstream_cli.commands.app import main

SMALL = """
from kstream_cli import Topology

config = {"application.id": "small"}
topology = (
    Topology()
    .add_source("read", "in", key=str, value=str)
    .add_sink("write", "out", parents="read", key=str, value=str)
)
samples = {"in": [("a", "1"), ("b", "2")]}
"""


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def clean_surroundings(monkeypatch, tmp_path):
    """Commands put project folders on the search path and import modules: take both back."""
    path = list(sys.path)
    for name in [name for name in os.environ if name.startswith("KSTREAM_")]:
        monkeypatch.delenv(name)
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project folder, and the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small(project):
    """A module with the smallest topology: one topic copied to another."""
    file = project / "small.py"
    file.write_text(SMALL)
    return file


@pytest.fixture
def kstream(capsys):
    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run
