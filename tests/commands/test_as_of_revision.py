"""`check` and `try` on a module as of a revision: `git:REV[:path]`."""

import json
import os
import subprocess

import pytest

WORDS = """
from kstream_cli import StreamsBuilder
from shared import TOPIC
builder = StreamsBuilder()
builder.stream(TOPIC, key=str, value=str).filter(lambda key, value: len(value) > 1).to("out")
samples = {TOPIC: [("k", "a"), ("k", "ab")]}
"""


@pytest.fixture
def history(project):
    """A module whose first revision reads `old` and whose files read `new`."""
    (project / "app.py").write_text(WORDS)
    (project / "broken.py").write_text("from kstream_cli import StreamsBuilder\n\n1 / 0\n")
    for topic in ("old", "new"):
        (project / "shared.py").write_text(f"TOPIC = {topic!r}\n")
        if topic == "old":
            identity = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
            for command in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-qm", "first"]):
                subprocess.run(["git", *command], cwd=project, check=True, capture_output=True)
    return project


def test_try_runs_the_module_as_of_the_revision_with_its_samples(kstream, history):
    lines = kstream("try", "git:main:app.py").out.splitlines()
    assert lines == ["old <- k: a", "old <- k: ab", "  out -> k: ab"]
    assert os.getcwd() == str(history)


def test_try_traces_the_module_as_of_the_revision(kstream, history):
    out = kstream("try", "--trace", "git:main:app.py", "--json").out
    codes = [step["code"] for step in map(json.loads, out.splitlines()) if "code" in step]
    assert codes
    assert all(code == ["app.py:5"] for code in codes)


def test_try_compares_a_revision_with_the_files_of_now(kstream, history):
    outcome = kstream("try", "git:main:app.py", "--compare", "app.py")
    assert outcome.code == 1
    assert "no source reads topic 'old'" in outcome.err
    assert "git:main" not in outcome.err


def test_check_looks_at_the_module_as_of_the_revision(kstream, history):
    assert kstream("check", "git:main:app.py").out == "app: no problems (1 subtopology, 3 nodes, 0 stores)\n"
    outcome = kstream("check", "git:mian:app.py")
    assert (outcome.code, "Did you mean git:main?" in outcome.out) == (1, True)


@pytest.mark.parametrize("command", ["check", "try"])
def test_an_error_in_the_code_of_a_revision_names_the_revision(kstream, history, command):
    outcome = kstream(command, "git:main:broken.py")
    said = outcome.out + outcome.err
    assert outcome.code == 1
    assert "in git:main:broken.py, line 3" in said
    assert "/kstream-" not in said


@pytest.mark.parametrize("reference", ["java.txt", "-", "http://app/topology"])
@pytest.mark.parametrize("command", ["check", "try", "run"])
def test_what_only_describes_a_topology_cannot_be_run(kstream, project, command, reference):
    (project / "java.txt").write_text("Topologies:\n")
    outcome = kstream(command, reference)
    assert outcome.code == 1
    assert f"{reference} describes a topology: it says which nodes there are, but has no functions to run" in (
        outcome.out + outcome.err
    )


def test_run_says_how_to_run_a_revision(kstream, history):
    outcome = kstream("run", "git:main:app.py", "--embedded")
    assert outcome.code == 1
    assert "git worktree add FOLDER REV" in outcome.err
