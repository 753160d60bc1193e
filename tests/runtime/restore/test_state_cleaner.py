"""Local state of tasks that moved away is deleted when it is old, and nobody uses it."""

from __future__ import annotations

import os
import time

import pytest

from kstream_cli.runtime.restore.state_cleaner import StateCleaner
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.task.task_id import TaskId

HOUR = 3_600_000


@pytest.fixture
def directory(tmp_path):
    """An application's directory with the state of the tasks 0_0 and 0_1, of global stores and of the process."""
    for name in ("0_0/kstream/counts", "0_1/kstream/counts", "global/kstream/names"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "CURRENT").write_text("1")
    (tmp_path / "kafka-streams-process-metadata").write_text("{}")
    for task in ("0_0", "0_1"):
        lock = StateLock(tmp_path / task)
        lock.acquire()
        lock.release()
    return tmp_path


def grow_old(path, seconds):
    then = time.time() - seconds
    for each in [path, *path.rglob("*")]:
        os.utime(each, (then, then))


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_state_older_than_the_delay_is_deleted_and_all_else_kept(directory):
    grow_old(directory / "0_0", 7200)
    grow_old(directory / "global", 7200)
    assert StateCleaner(directory).clean(HOUR) == [TaskId(0, 0)]
    assert names(directory) == ["0_1", "global", "kafka-streams-process-metadata"]


def test_state_in_use_is_kept_however_old_it_is(directory):
    grow_old(directory / "0_0", 7200)
    owner = StateLock(directory / "0_0")
    owner.acquire()
    assert StateCleaner(directory).clean(HOUR) == []
    assert (directory / "0_0" / "kstream" / "counts" / "CURRENT").exists()


def test_state_that_was_never_locked_is_deleted_as_well(directory):
    (directory / "0_0" / ".lock").unlink()
    grow_old(directory / "0_0", 7200)
    assert StateCleaner(directory).clean(HOUR) == [TaskId(0, 0)]


def test_the_delay_begins_when_the_owner_gives_the_state_up(directory):
    grow_old(directory / "0_0", 7200)
    owner = StateLock(directory / "0_0")
    owner.acquire()
    owner.release()
    assert StateCleaner(directory).clean(HOUR) == []


def test_looking_at_state_does_not_make_it_younger(directory):
    grow_old(directory / "0_0", 3000)
    cleaner = StateCleaner(directory)
    assert cleaner.clean(HOUR) == []
    grow_old(directory / "0_0", 7200)
    assert cleaner.clean(HOUR) == [TaskId(0, 0)]


def test_a_file_written_lately_counts(directory):
    grow_old(directory / "0_0", 7200)
    (directory / "0_0" / "kstream" / "counts" / "CURRENT").write_text("2")
    assert StateCleaner(directory).clean(HOUR) == []


def test_what_java_keeps_beside_it_stays(directory):
    for task in ("0_0", "0_1"):
        (directory / task / "rocksdb").mkdir()
        (directory / task / "rocksdb" / "CURRENT").write_text("javas")
        grow_old(directory / task, 7200)
    cleaner = StateCleaner(directory)
    assert cleaner.clean(HOUR) == [TaskId(0, 0), TaskId(0, 1)]
    assert names(directory / "0_0") == [".lock", "rocksdb"]
    grow_old(directory, 7200)
    assert cleaner.clean(HOUR) == []


def test_a_link_in_a_tasks_place_is_not_followed(directory, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kstream").mkdir()
    (directory / "0_5").symlink_to(elsewhere)
    grow_old(directory, 7200)
    grow_old(elsewhere, 7200)
    assert TaskId(0, 5) not in StateCleaner(directory).clean(HOUR)
    assert names(elsewhere) == ["kstream"]


def test_without_any_state_there_is_nothing_to_do(tmp_path):
    assert StateCleaner(tmp_path / "none").clean(0) == []
