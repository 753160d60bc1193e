"""Locks of state directories, and the identity that a process keeps in one."""

from __future__ import annotations

import os

import pytest

from kstream_cli.errors import StateDirectoryLockedError, StoreError
from kstream_cli.runtime.restore.process_id import FILE, ProcessId
from kstream_cli.runtime.restore.state_lock import StateLock


def test_a_directory_is_locked_once_and_again_after_its_release(tmp_path):
    first, second = StateLock(tmp_path / "0_0"), StateLock(tmp_path / "0_0")
    first.acquire()
    with pytest.raises(StateDirectoryLockedError, match="state"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_the_directory_is_for_its_owner_only(tmp_path):
    lock = StateLock(tmp_path / "app")
    lock.acquire()
    assert (tmp_path / "app").stat().st_mode & 0o777 == 0o700
    lock.release()


def test_a_process_that_comes_back_is_the_same_one(tmp_path):
    first = ProcessId(tmp_path)
    identity = first.acquire()
    first.release()
    assert ProcessId(tmp_path).acquire() == identity


def test_a_second_process_in_the_same_directory_is_another_one(tmp_path):
    first, second = ProcessId(tmp_path), ProcessId(tmp_path)
    assert first.acquire() != second.acquire()


def test_a_lock_on_a_directory_that_was_deleted_meanwhile_is_taken_on_the_new_one(tmp_path, monkeypatch):
    directory = tmp_path / "0_0"
    cleaner = StateLock(directory)
    cleaner.acquire()
    opened = os.open

    def open_late(path, *given):
        handle = opened(path, *given)
        monkeypatch.setattr(os, "open", opened)
        cleaner.delete()
        return handle

    monkeypatch.setattr(os, "open", open_late)
    owner = StateLock(directory)
    owner.acquire()
    with pytest.raises(StateDirectoryLockedError):
        StateLock(directory).acquire()
    owner.release()


def test_a_directory_that_cannot_be_made_is_named_with_the_setting(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/below cannot be made: .*: set state\.dir"):
        StateLock(tmp_path / "file" / "below").acquire()


@pytest.mark.parametrize("put", ["folder", "link"])
def test_a_lock_file_that_cannot_be_opened_is_named_with_what_to_do(tmp_path, put):
    lock = tmp_path / "app" / ".lock"
    if put == "folder":
        lock.mkdir(parents=True)
    else:
        (tmp_path / "app").mkdir()
        lock.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"lock file .*/app/\.lock cannot be opened: .*: give this user the right"):
        StateLock(tmp_path / "app").acquire()
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_without_permission_says_what_to_do(tmp_path, monkeypatch):
    def refuse(path, *given):
        raise PermissionError(13, "Permission denied", str(path))

    StateLock(tmp_path / "app").acquire()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=r"Permission denied: give this user the right to write it, delete it"):
        StateLock(tmp_path / "app").acquire()


def test_a_folder_in_place_of_the_file_with_the_process_id_is_named_with_what_to_do(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match=rf"{FILE} cannot be written: .*: move it away, or set state\.dir"):
        ProcessId(tmp_path).acquire()
