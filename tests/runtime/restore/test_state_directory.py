"""What an application says of its state directory when it starts."""

from __future__ import annotations

import logging
import stat

import pytest

from kstream_cli.config import Config
from kstream_cli.errors import StoreError
from kstream_cli.runtime.restore.state_directory import open_state_directory


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "kstream_cli")
    return lambda level: [each.message for each in caplog.records if each.levelno == level]


def test_it_says_where_local_state_is(tmp_path, told):
    open_state_directory(Config.from_mapping({"state.dir": str(tmp_path)}), tmp_path / "app")
    assert told(logging.INFO) == [f"local state is kept in {tmp_path / 'app'}"]
    assert told(logging.WARNING) == []


def test_state_of_java_is_told_of_once_and_left_alone(tmp_path, told):
    for task in ("0_0", "1_2"):
        (tmp_path / "app" / task / "rocksdb" / "counts").mkdir(parents=True)
        (tmp_path / "app" / task / "rocksdb" / "counts" / "CURRENT").write_text("javas")
    config = Config.from_mapping({"state.dir": str(tmp_path), "state.cleanup.dir.max.age.ms": 0})
    open_state_directory(config, tmp_path / "app")
    [warning] = told(logging.WARNING)
    assert "state of Kafka Streams for Java, or of an earlier kstream (tasks 0_0, 1_2): it is left alone" in warning
    for task in ("0_0", "1_2"):
        (tmp_path / "app" / task / "kstream").mkdir()
    open_state_directory(config, tmp_path / "app")
    assert told(logging.WARNING) == [warning]
    assert len(list((tmp_path / "app").glob("*/rocksdb/counts/CURRENT"))) == 2


def test_a_default_that_is_not_ours_is_named_with_what_is_used_instead(tmp_path, monkeypatch, told):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    (tmp_path / "kafka-streams").symlink_to(tmp_path)
    config = Config.from_mapping({})
    open_state_directory(config, tmp_path / "home" / "kstream" / "app")
    [warning] = told(logging.WARNING)
    assert warning.startswith(f"{tmp_path}/kafka-streams is a link")
    assert f"local state is kept in {tmp_path}/home/kstream" in warning
    assert stat.S_IMODE((tmp_path / "home" / "kstream").stat().st_mode) == 0o700


def test_a_default_that_others_may_read_is_closed_to_them(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    (tmp_path / "kafka-streams").mkdir(mode=0o755)
    open_state_directory(Config.from_mapping({}), tmp_path / "kafka-streams" / "app")
    assert stat.S_IMODE((tmp_path / "kafka-streams").stat().st_mode) == 0o700


def test_a_link_in_place_of_the_applications_directory_is_refused(tmp_path):
    (tmp_path / "app").symlink_to(tmp_path)
    with pytest.raises(StoreError, match="app is a link"):
        open_state_directory(Config.from_mapping({"state.dir": str(tmp_path)}), tmp_path / "app")


@pytest.mark.parametrize("mode", [0o777, 0o755])
def test_a_directory_that_is_given_is_looked_at_too_where_everybody_may_have_made_it(tmp_path, mode):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "state").symlink_to(tmp_path)
    shared.chmod(mode)
    config = Config.from_mapping({"state.dir": str(shared / "state")})
    if mode == 0o777:
        with pytest.raises(StoreError, match="state is a link"):
            open_state_directory(config, shared / "state" / "app")
    else:
        open_state_directory(config, shared / "state" / "app")
        assert (tmp_path / "app").is_dir()
