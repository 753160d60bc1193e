"""What may be a secret is shown nowhere, wherever it was put by mistake."""

import json

import pytest

from kstream_cli.commands.running.handed_settings import handed
from kstream_cli.commands.running.launch import Launch
from kstream_cli.config import Config


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "small.py", "--set", "sasl.password", "hunter2"], "sasl.password has no ="),
        (["run", "--set", "sasl.password", "hunter2"], "sasl.password has no ="),
        (["peek", "in", "--set", "sasl.password", "hunter2"], "sasl.password has no ="),
        (["check", "small.py", "sasl.password=hunter2"], "sasl.password=…"),
        (["run", "sasl.password=hunter2"], "sasl.password=… is a setting, not a module: give it with --set"),
        (["run", "consumer.sasl.password=hunter2"], "consumer.sasl.password=… is a setting"),
        (["run", "small.py", "-b", "me:hunter2@localhost:1"], "without a user or password before localhost:1"),
        (["check", "small.py", "-b", "SASL_SSL://me:hunter2@localhost:1"], "without a user or password"),
        (["check", "small.py", "--set", "application.server=me:hunter2@h:1"], "without a user or password"),
        (["query", "counts", "--instance", "me:hunter2@h"], "--instance 'h': give the HOST:PORT"),
    ],
    ids=lambda value: " ".join(value) if list is type(value) else "",
)
def test_a_secret_in_a_wrong_place_is_not_repeated(kstream, small, arguments, said):
    outcome = kstream(*arguments)
    assert outcome.code in (1, 2)
    assert "hunter2" not in outcome.out + outcome.err
    assert said in outcome.out + outcome.err


def test_settings_of_the_parent_are_on_no_command_line(kstream, small, monkeypatch):
    launches = []
    monkeypatch.setattr(Launch, "on_cluster", lambda launch: launches.append(launch) or 0)
    monkeypatch.setenv("KSTREAM_SET", "sasl.password=hunter2")
    assert kstream("run", small, "-b", "x:1", "--cluster", "east=y:1", "-P", "2").code == 0
    (launch,) = launches
    config = Config.from_mapping({"bootstrap.servers": "x:1"})
    given = ["sasl.password=hunter2", "clusters.east.bootstrap.servers=y:1"]
    assert launch._assignments(config) == given
    assert not [word for word in launch._arguments(config) if "hunter2" in word]

    monkeypatch.delenv("KSTREAM_SET")
    monkeypatch.setenv("_KSTREAM_SETTINGS", json.dumps(given))
    assert handed() == given
    assert kstream("run", small, "-b", "x:1").code == 0
    assert list(launches[1].assignments) == given
