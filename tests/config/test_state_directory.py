"""The folders of local state: this user's own, whatever somebody else has put in their place."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from kstream_cli.config import Config
from kstream_cli.config.state_directory import (
    default_state_directory,
    make_private,
    problem_of,
    remedy_of,
    write_beside,
)
from kstream_cli.errors import StoreError

STRANGER = 54321
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give folders to another user"
)


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """Where Java's default would be, with a home beside it."""
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    return tmp_path / "kafka-streams"


def test_javas_default_is_the_default(shared):
    assert Config.from_mapping({}).state_dir == str(shared)
    shared.mkdir()
    assert Config.from_mapping({}).state_dir == str(shared)


def test_a_link_in_place_of_the_default_is_not_followed(shared, tmp_path):
    shared.symlink_to(tmp_path)
    assert default_state_directory() == tmp_path / "home" / "kstream"


def test_a_file_in_place_of_the_default_is_left_alone(shared, tmp_path):
    shared.write_text("")
    assert default_state_directory() == tmp_path / "home" / "kstream"


@as_root
def test_another_users_folder_in_place_of_the_default_is_left_alone(shared, tmp_path):
    shared.mkdir()
    os.chown(shared, STRANGER, STRANGER)
    assert default_state_directory() == tmp_path / "home" / "kstream"


def test_without_the_variable_it_is_in_the_home(shared, tmp_path, monkeypatch):
    shared.write_text("")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert default_state_directory() == tmp_path / "me" / ".local" / "state" / "kstream"


def test_a_relative_path_names_no_place_for_all_runs(shared, tmp_path, monkeypatch):
    shared.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert default_state_directory() == tmp_path / "me" / ".local" / "state" / "kstream"
    monkeypatch.setenv("HOME", "me")
    assert default_state_directory() == shared


def test_a_directory_that_is_given_is_taken_as_it_is(shared, tmp_path):
    shared.symlink_to(tmp_path)
    assert Config.from_mapping({"state.dir": str(shared)}).state_dir == str(shared)


def test_a_folder_that_others_could_read_is_closed_to_them(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o777)
    make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_is_refused_also_where_it_leads_nowhere(tmp_path):
    for name, target in (("link", tmp_path), ("dangling", tmp_path / "none")):
        (tmp_path / name).symlink_to(target)
        with pytest.raises(StoreError, match=rf"{name} is a link.*state\.dir"):
            make_private(tmp_path / name)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["kept", "kept.tmp"])
def test_a_link_in_place_of_a_small_file_is_replaced_and_not_followed(tmp_path, name):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / name).symlink_to(victim)
    write_beside(tmp_path / "kept", "new")
    assert (victim.read_text(), (tmp_path / "kept").read_text()) == ("mine", "new")
    assert not (tmp_path / "kept").is_symlink()


def test_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match=r"file is a file where a folder should be: move it away"):
        make_private(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


@as_root
def test_a_folder_of_another_user_is_refused_and_left_as_it_is(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, STRANGER, STRANGER)
    with pytest.raises(StoreError, match=f"theirs belongs to another user \\({STRANGER}\\)"):
        make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@as_root
def test_where_all_files_have_one_owner_that_owner_will_do(tmp_path):
    os.chown(tmp_path, STRANGER, STRANGER)
    folder = tmp_path / "state"
    folder.mkdir()
    os.chown(folder, STRANGER, STRANGER)
    assert problem_of(folder) is None


def test_what_cannot_be_written_is_named_with_a_remedy(tmp_path):
    (tmp_path / "note").mkdir()
    with pytest.raises(StoreError, match=rf"{tmp_path}/note cannot be written: .*: move it away, or set state\.dir"):
        write_beside(tmp_path / "note", "text")


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "IO error: No space left on device"]
)
def test_a_full_disk_needs_room(error):
    assert remedy_of(error) == "make room on that disk, or set state.dir to a folder on another"


def test_a_full_disk_is_named_with_what_was_to_be_written(tmp_path, monkeypatch):
    def fail(path, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.write_text", fail)
    with pytest.raises(StoreError, match=rf"{tmp_path}/note cannot be written: No space left on device: make room"):
        write_beside(tmp_path / "note", "text")
