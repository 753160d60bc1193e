"""`kstream run --reload`: which files count, and when a run starts again."""

import os
import time

import pytest

from kstream_cli.commands.running.kept import VARIABLE, Kept, noting_imports
from kstream_cli.commands.running.reloader import Reloader


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return Kept(tmp_path)


def test_what_is_imported_while_a_run_lasts_is_noted(kept, tmp_path, monkeypatch):
    (tmp_path / "imported_late.py").write_text("")
    (tmp_path / "never_imported.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with noting_imports([]):
        import imported_late  # noqa: F401
    names = {file.name for file in kept.files()}
    assert "imported_late.py" in names
    assert not names & {"never_imported.py", "os.py", "kept.py"}


def test_the_files_that_an_error_went_through_are_noted(kept, tmp_path, monkeypatch):
    (tmp_path / "outer_of_two.py").write_text("import broken_of_two")
    (tmp_path / "broken_of_two.py").write_text("def (")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SyntaxError), noting_imports([]):
        import outer_of_two  # noqa: F401
    assert {"outer_of_two.py", "broken_of_two.py"} <= {file.name for file in kept.files()}


def test_files_that_are_named_count_too(kept, tmp_path):
    (tmp_path / "app.properties").write_text("")
    with noting_imports([tmp_path / "app.properties"]):
        pass
    assert tmp_path / "app.properties" in kept.files()


def test_samples_are_fed_once(kept):
    assert (kept.is_first_feed(), kept.is_first_feed()) == (True, False)


ENDS = "import os\nos._exit(0)\n"


def reloaded(folder, monkeypatch, capfd, file, text):
    """Code and output of a run that fails, after which a file is written."""
    monkeypatch.setattr("kstream_cli.commands.running.reloader.start_folder", lambda: folder)
    told = []

    def say(line):
        told.append(line)
        if line == "waiting for a change":
            file.write_text(text)
            os.utime(file, ns=(1, time.time_ns() + 10**9))

    monkeypatch.setattr("kstream_cli.commands.running.reloader.say", say)
    code = Reloader(["run", "app.py", "--bootstrap-servers", "127.0.0.1:1"], embedded=False).run()
    return code, told, capfd.readouterr().err


def test_a_module_that_does_not_load_is_shown_and_waited_for(tmp_path, monkeypatch, capfd):
    (tmp_path / "app.py").write_text("def (")
    code, told, error = reloaded(tmp_path, monkeypatch, capfd, tmp_path / "app.py", ENDS)
    assert "SyntaxError" in error
    assert (code, told) == (0, ["waiting for a change", "app.py changed: starting again"])


def test_a_module_that_was_missing_is_found_when_it_is_made(tmp_path, monkeypatch, capfd):
    (tmp_path / "app.py").write_text("import made_later")
    code, told, error = reloaded(tmp_path, monkeypatch, capfd, tmp_path / "made_later.py", ENDS)
    assert "made_later" in error
    assert (code, told) == (0, ["waiting for a change", "made_later.py changed: starting again"])


def test_a_module_that_is_not_there_ends_the_command(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("kstream_cli.commands.running.reloader.start_folder", lambda: tmp_path)
    assert Reloader(["run", "nowhere.py", "--embedded"], embedded=False).run() != 0
    assert "nowhere.py" in capfd.readouterr().err
