"""A module's logging is honoured by `kstream run`, and what kstream warns of is always seen.

Each in a process of its own: logging belongs to all, and to pytest.
"""

import subprocess
import sys

import pytest

BEFORE = """
import logging, logging.config, sys
from kstream_cli import Config
from kstream_cli.commands.running.live_view import LogView
from kstream_cli.logs import logger
known = logger("kstream_cli.task.known")
"""
AFTER = """
LogView("app", Config.from_mapping({"application.id": "app", "bootstrap.servers": "a:1"})).started()
known.info("kstream tells")
known.warning("kstream warns")
logging.getLogger("app").warning("the module warns")
"""
TO_FILE = """
logging.config.dictConfig({
    "version": 1,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": "audit.log"}},
    "root": {"handlers": ["file"], "level": "LEVEL"},
})
"""


def shown(folder, module):
    """What stands on standard error when a module has set logging up that way."""
    command = [sys.executable, "-c", BEFORE + module + AFTER]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stderr


def test_without_logging_of_its_own_a_module_is_shown_beside_kstream(tmp_path):
    text = shown(tmp_path, "")
    for line in ("kstream tells", "kstream warns", "the module warns"):
        assert text.count(line) == 1


@pytest.mark.parametrize("level", ["INFO", "ERROR"])
def test_a_log_file_of_the_module_is_written_and_warnings_are_seen_as_well(tmp_path, level):
    text = shown(tmp_path, TO_FILE.replace("LEVEL", level))
    log = (tmp_path / "audit.log").read_text()
    assert "kstream warns" in text
    assert "kstream tells" not in text
    assert "the module warns" not in text
    for line in ("the module warns", "kstream tells"):
        assert (line in log) == (level == "INFO")


def test_a_form_of_the_modules_is_kept_and_nothing_is_shown_twice(tmp_path):
    lines = shown(tmp_path, "logging.basicConfig(format='MINE %(message)s')").splitlines()
    assert "MINE the module warns" in lines
    assert [line for line in lines if "kstream" in line] == ["MINE kstream warns"]


def test_a_handler_that_shows_errors_alone_does_not_hide_what_kstream_warns_of(tmp_path):
    text = shown(tmp_path, "logging.basicConfig(); logging.getLogger().handlers[0].setLevel('CRITICAL')")
    assert "kstream warns" in text
    assert "the module warns" not in text


def test_a_level_that_the_module_gives_kstream_is_kept(tmp_path):
    module = TO_FILE.replace("LEVEL", "INFO") + "logging.getLogger('kstream_cli').setLevel('ERROR')\n"
    assert "kstream warns" not in shown(tmp_path, module)


FORGING = """
class Forger(Exception):
    def __str__(self):
        return "\\x1b[2J\\n12:00:00 ERROR forged"

import atexit
@atexit.register
def forge():
    try:
        raise Forger
    except Forger:
        logging.getLogger("app").exception("seen %s", Forger())
"""


def test_a_line_of_the_modules_can_neither_forge_another_nor_move_the_cursor(tmp_path):
    text = shown(tmp_path, FORGING)
    assert "seen \\x1b[2J\\n12:00:00 ERROR forged" in text
    assert "\x1b" not in text
    assert not any(line.startswith("12:00:00 ERROR forged") for line in text.splitlines())
