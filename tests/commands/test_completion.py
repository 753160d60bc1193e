import os
import subprocess
import sys
from pathlib import Path

import pytest

from kstream_cli.commands.app import COMMANDS
from kstream_cli.commands.completion import FILES, script

PROJECT = Path(__file__).parents[2]


def completed(*words, folder=PROJECT):
    """What bash is offered for the last of the words."""
    environment = {**os.environ, "_KSTREAM_COMPLETE": "complete_bash"}
    environment |= {"COMP_WORDS": "\n".join(["kstream", *words]), "COMP_CWORD": str(len(words))}
    command = [sys.executable, "-m", "kstream_cli"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.parametrize("shell", FILES)
def test_the_scripts_in_completions_are_those_of_the_program(shell):
    assert (PROJECT / "completions" / FILES[shell]).read_text() == script(shell), "run: make completions"


def test_commands_are_completed():
    assert completed("") == list(COMMANDS)
    assert completed("des") == ["describe"]


def test_options_and_their_values_are_completed():
    assert "--from-beginning" in completed("run", "--fro")
    assert completed("describe", "--format", "m") == ["mermaid"]


def test_a_line_that_makes_no_sense_is_left_in_peace():
    environment = {**os.environ, "_KSTREAM_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "kstream nonsense x"}
    done = subprocess.run([sys.executable, "-m", "kstream_cli"], env=environment, capture_output=True, text=True)
    assert done.stderr == ""


def test_module_names_are_completed():
    assert completed("describe", "topologies/word") == ["topologies/word_count.py"]


@pytest.fixture
def project(tmp_path):
    """A project with a topology module and profiles."""
    text = "from kstream_cli import StreamsBuilder\nprint('noise')\nbuilder = StreamsBuilder()\n"
    text += "builder.stream('orders', key=str, value=str).group_by_key().count(store='counts')\n"
    text += "other = None\n\n\ndef bare():\n    return builder\n"
    (tmp_path / "app.py").write_text(text)
    profiles = "[tool.kstream.profiles.staging]\n[tool.kstream.profiles.production]\n"
    (tmp_path / "pyproject.toml").write_text(f'[tool.kstream]\ntopology = "app.py"\n{profiles}')
    return tmp_path


def test_config_keys_are_completed():
    assert completed("run", "--set", "num.stream") == ["num.stream.threads="]
    assert "consumer.session.timeout.ms=" in completed("run", "--set", "consumer.session")
    assert completed("run", "--set", "enable.metrics.push=t") == ["enable.metrics.push=true"]


def test_profiles_are_completed(project):
    assert completed("run", "--profile", "", folder=project) == ["production", "staging"]


def test_names_inside_a_module_are_completed(project):
    assert completed("describe", "app.py:b", folder=project) == ["app.py:builder", "app.py:bare"]


def test_topics_of_a_module_are_completed(project):
    assert completed("send", "-m", "app.py", "or", folder=project) == ["orders"]
    assert completed("query", "co", folder=project) == ["counts"]
    assert completed("peek", "", folder=project) == ["orders", "app-counts-changelog"]


def test_a_file_with_control_characters_in_its_name_is_not_offered(tmp_path):
    for name in ("xa.py", "x\x1b[31mb.py", "x\nc.py"):
        (tmp_path / name).touch()
    assert completed("describe", "x", folder=tmp_path) == ["xa.py"]
