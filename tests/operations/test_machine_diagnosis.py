"""What doctor says of a machine: each limit by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from kstream_cli.operations import machine_diagnosis
from kstream_cli.operations.machine_diagnosis import disk, extra, memory, open_files, state_directory

GB = 2**30


@pytest.mark.parametrize(("free", "level"), [(50 * GB, "ok"), (GB // 2, "warning"), (1000, "problem")])
def test_a_disk_that_fills_up_is_said_so(free: int, level: str) -> None:
    assert disk(free, Path("/state")).level == level


@pytest.mark.parametrize(
    ("limit", "has_stores", "level"),
    [(20_000, True, "ok"), (512, True, "warning"), (512, False, "ok"), (100, False, "problem"), (None, True, "ok")],
)
def test_too_few_open_files_are_said_so(limit: int | None, has_stores: bool, level: str) -> None:
    assert open_files(limit, has_stores=has_stores).level == level


@pytest.mark.parametrize(
    ("available", "has_stores", "level"),
    [(8 * GB, True, "ok"), (GB // 2, True, "warning"), (GB // 2, False, "ok"), (None, True, "ok")],
)
def test_little_memory_is_said_so(available: int | None, has_stores: bool, level: str) -> None:
    assert memory(available, has_stores=has_stores).level == level


def test_the_limit_of_a_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, used = tmp_path / "max", tmp_path / "current"
    limit.write_text("300000000\n")
    used.write_text("100000000\n")
    monkeypatch.setattr(machine_diagnosis, "_GROUP_LIMITS", ((limit, used),))
    assert machine_diagnosis.available_memory() == 200_000_000
    limit.write_text("max\n")
    assert machine_diagnosis.available_memory() != 200_000_000


def test_a_state_directory_in_the_temporary_folder_may_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    found = [each.level for each in state_directory(tmp_path / "tmp" / "state", has_stores=True)]
    assert found[0] == "warning"
    assert next(iter(state_directory(tmp_path / "tmp" / "state", has_stores=False))).level == "ok"
    assert next(iter(state_directory(tmp_path / "kept", has_stores=True))).level == "ok"
    assert not (tmp_path / "kept").exists()


def test_a_state_directory_that_is_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    [found] = state_directory(tmp_path / "file", has_stores=True)
    assert (found.level, "is a file" in found.finding) == ("problem", True)


def test_an_extra_that_is_missing_is_no_fault_and_named() -> None:
    found = extra("endpoint", ("no_such_package",), "http", "kstream run --http")
    assert (found.level, "pip install 'kstream-cli[http]'" in found.finding) == ("ok", True)
