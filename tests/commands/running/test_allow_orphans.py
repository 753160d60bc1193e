"""`kstream run --allow-orphans` reaches the settings of every instance."""

import pytest

from kstream_cli.commands.app import main
from kstream_cli.commands.running.launch import Launch
from kstream_cli.config import Config


@pytest.mark.parametrize(("option", "value"), [(["--allow-orphans"], True), ([], None)])
def test_the_option_is_the_setting_for_one_instance_and_an_option_again_for_more(option, value, monkeypatch) -> None:
    launches = []
    monkeypatch.setattr(Launch, "on_cluster", lambda launch: launches.append(launch) or 0)
    assert main(["run", "app.py", "-b", "x:1", *option]) == 0
    (launch,) = launches
    assert launch.options["allow.orphans"] is value
    config = Config.from_mapping({"application.id": "app", "bootstrap.servers": "x:1"})
    assert ("--allow-orphans" in launch._arguments(config)) == bool(value)
