"""Settings of a client that is newer than the table of settings."""

from __future__ import annotations

import pytest

from kstream_cli import Config
from kstream_cli.config import client_settings, names
from kstream_cli.config.installed_client import is_client_setting
from kstream_cli.config.sources import environment_settings
from kstream_cli.errors import ConfigError

NEW = "queued.max.messages.kbytes"


@pytest.fixture(autouse=True)
def table_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_settings, "CONSUMER_ONLY", client_settings.CONSUMER_ONLY - {NEW})
    for prefix, settings in names.PREFIXES.items():
        if settings is not None:
            monkeypatch.setitem(names.PREFIXES, prefix, settings - {NEW})


def config(**given: str) -> Config:
    return Config.from_mapping({"application.id": "app", **given})


@pytest.mark.parametrize("prefix", ["", "consumer.", "main.consumer."])
def test_what_only_the_installed_client_knows_is_not_misspelt(prefix: str) -> None:
    assert config(**{prefix + NEW: "100"}).consumer("main")[NEW] == "100"


@pytest.mark.parametrize("prefix", ["", "consumer."])
def test_nor_is_it_in_a_variable_of_the_environment(prefix: str) -> None:
    variable = "KSTREAM_" + (prefix + NEW).upper().replace(".", "_")
    assert environment_settings({variable: "100"}) == {prefix + NEW: "100"}


@pytest.mark.parametrize("name", ["queued.max.messages.kbyte", "consumer.queued.min.message"])
def test_what_it_does_not_know_either_is_answered_with_the_nearest_name(name: str) -> None:
    with pytest.raises(ConfigError, match=r"did you mean .*queued.min.messages"):
        config(**{name: "100"})


def test_a_setting_of_another_client_is_still_refused_behind_a_prefix() -> None:
    with pytest.raises(ConfigError, match=r"unknown config key 'consumer\.linger\.ms'"):
        config(**{"consumer.linger.ms": "5"})


def test_the_client_is_asked_without_making_one() -> None:
    assert is_client_setting("fetch.min.bytes")
    assert is_client_setting("stats_cb")
    assert is_client_setting("ssl.ca.location")
    assert not is_client_setting("num.stream.threads")
