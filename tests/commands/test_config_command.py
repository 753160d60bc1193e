"""`kstream config`: which setting counts, and why."""

import json

import pytest


def shown(outcome):
    assert outcome.code == 0, outcome.err
    return {row["key"]: row for row in map(json.loads, outcome.out.splitlines())}


@pytest.fixture
def project(project):
    (project / "pyproject.toml").write_text(
        "[tool.kstream.profiles.staging]\n'poll.ms' = 2\n'num.stream.threads' = 2\n'commit.interval.ms' = 2\n"
        "'max.task.idle.ms' = 2\n"
    )
    (project / "app.properties").write_text("num.stream.threads=3\ncommit.interval.ms=3\nmax.task.idle.ms=3\n")
    return project


def test_each_setting_has_the_origin_that_counts(kstream, project, small, monkeypatch):
    monkeypatch.setenv("KSTREAM_COMMIT_INTERVAL_MS", "4")
    monkeypatch.setenv("KSTREAM_MAX_TASK_IDLE_MS", "4")
    places = ["--profile", "staging", "--config", "app.properties", "--set", "max.task.idle.ms=5"]
    rows = shown(kstream("config", "-m", small, "--json", *places))
    found = {key: (rows[key]["value"], rows[key]["origin"]) for key in rows}
    assert found["application.id"] == ("small", "module")
    assert found["poll.ms"] == ("2", "profile")
    assert found["num.stream.threads"] == ("3", "file")
    assert found["commit.interval.ms"] == ("4", "environment")
    assert found["max.task.idle.ms"] == ("5", "flag")
    assert found["num.standby.replicas"] == ("0", "default")
    assert found["producer.linger.ms"] == ("5", "default")
    assert rows["poll.ms"]["explanation"] == "How long to wait for records at a time"


def test_a_variable_that_stands_for_an_option_is_of_the_environment(kstream, small, monkeypatch):
    monkeypatch.setenv("KSTREAM_BOOTSTRAP_SERVERS", "a:1")
    assert shown(kstream("config", "-m", small, "--json"))["bootstrap.servers"]["origin"] == "environment"
    rows = shown(kstream("config", "-m", small, "--json", "-b", "b:2"))
    assert (rows["bootstrap.servers"]["value"], rows["bootstrap.servers"]["origin"]) == ("b:2", "flag")


def test_secrets_are_masked(kstream, small):
    secrets = ["sasl.password=geheim", "producer.ssl.key.password=geheim", "client.id=http://ada:geheim@host"]
    arguments = [part for secret in secrets for part in ("--set", secret)]
    for form in ([], ["--json"]):
        outcome = kstream("config", "-m", small, "--given", *form, *arguments)
        assert outcome.code == 0
        assert "geheim" not in outcome.out
        assert "[hidden]" in outcome.out


def test_one_key_and_keys_below_a_prefix(kstream, small):
    assert list(shown(kstream("config", "poll.ms", "-m", small, "--json"))) == ["poll.ms"]
    assert set(shown(kstream("config", "producer", "-m", small, "--json"))) > {"producer.linger.ms"}
    outcome = kstream("config", "pol.ms", "-m", small)
    assert outcome.code == 2
    assert "did you mean 'poll.ms'" in outcome.err


def test_it_works_without_a_module_and_names_a_bad_setting(kstream, project):
    assert shown(kstream("config", "--json", "--given", "--set", "poll.ms=7"))["poll.ms"]["value"] == "7"
    assert kstream("config", "--set", "poll.ms=x").code == 2


def test_what_a_setting_holds_never_reaches_a_terminal_raw(kstream, small):
    assert "\x1b" not in kstream("config", "client.id", "-m", small, "--set", "client.id=\x1b[31m").out
