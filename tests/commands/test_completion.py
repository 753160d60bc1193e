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
