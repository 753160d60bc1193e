"""The step of action.yml, run as GitHub runs it: by bash, in a shallow checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text())
(STEP,) = ACTION["runs"]["steps"]
MODULE = """from kstream_cli import StreamsBuilder
builder = StreamsBuilder()
builder.stream("views", key=str, value=str).group_by_key().count({}).to_stream().to("out", key=str, value=int)
"""


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], cwd=folder, check=True)


@pytest.fixture
def checkout(tmp_path):
    """A shallow clone whose change has left out a store's name."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    (origin / "app.py").write_text(MODULE.format("store='seen'"))
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "Count views")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin}", str(clone))
    (clone / "app.py").write_text(MODULE.format(""))
    return clone


def step(folder, **variables):
    given = {"OLD": "", "NEW": "app.py", "FAIL_ON": ACTION["inputs"]["fail-on"]["default"], "BASE": "main", **variables}
    assert given.keys() == STEP["env"].keys()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEP["run"]]
    environment = {**os.environ, **given, "PATH": path}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_a_change_that_loses_state_is_annotated_at_its_line_and_fails(checkout):
    done = step(checkout)
    assert done.returncode == 5, done.stderr
    assert "::error file=app.py,line=3,title=KS101 " in done.stdout


def test_fail_on_never_annotates_only(checkout):
    done = step(checkout, FAIL_ON="never")
    assert (done.returncode, done.stdout.startswith("::error ")) == (0, True), done.stderr


def test_an_input_is_never_run_as_a_command(checkout):
    done = step(checkout, OLD="$(touch made); touch made", NEW="app.py; touch made")
    assert done.returncode not in (0, 4, 5)
    assert not (checkout / "made").exists()
    assert "${{" not in STEP["run"]
