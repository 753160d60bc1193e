"""Options that contradict each other are refused by name, and nothing is done before a command is known to work."""

import sys
from typing import Any

import pytest
import typer

import kstream_cli.runtime.cluster.topic_setup as topic_setup
from kstream_cli.commands.app import COMMANDS, app

BOTH = [
    (["run", "--embedded", "-b", "localhost:9092"], "--embedded and --bootstrap-servers"),
    (["run", "--embedded", "--set", "bootstrap.servers=a:1"], "--embedded and --set bootstrap.servers"),
    (["run", "-b", "a:1", "--set", "bootstrap.servers=b:1"], "--bootstrap-servers and --set bootstrap.servers"),
    (["run", "-b", "a:1", "-t", "2", "--set", "num.stream.threads=3"], "--threads and --set num.stream.threads"),
    (
        ["run", "-b", "a:1", "--on-lost-offsets", "fail", "--set", "on.lost.offsets=latest"],
        "--on-lost-offsets and --set on.lost.offsets",
    ),
    (["run", "-b", "a:1", "--metrics-host", "0.0.0.0"], "--metrics-host has no effect without --metrics-port"),
    (["run", "-b", "a:1", "--metrics-port", "65535", "--processes", "2"], "--metrics-port 65535 and --processes 2"),
    (["run", "-b", "a:1", "--processes", "2", "--set", "group.instance.id=x"], "--processes 2 and group.instance.id"),
    (["run", "-b", "a:1", "--from-beginning", "--set", "auto.offset.reset=latest"], "to start over, auto.offset.reset"),
    (["describe", "--json", "--format", "java"], "--json and --format"),
    (["describe", "-b", "a:1", "--set", "bootstrap.servers=b:1"], "--bootstrap-servers and --set bootstrap.servers"),
    (["check", "-b", "a:1", "--set", "bootstrap.servers=b:1"], "--bootstrap-servers and --set bootstrap.servers"),
    (["graph", "--out", "-", "--open"], "--open and --out -"),
    (["graph", "--out", "x.mmd", "--theme", "dark"], "--theme dark and .mmd"),
    (["graph", "--out", "x.png", "--format", "svg"], "--out x.png and --format svg"),
    (["run", "--embedded", "--cluster", "east=a:1"], "--embedded and --cluster"),
    (["run", "--embedded", "--group-protocol", "streams"], "--embedded and --group-protocol"),
    (["describe", "--json", "--wide"], "--json and --wide"),
    (["describe", "--format", "java", "--wide"], "--wide and --format"),
    (["graph", "--out", "x.svg", "--check", "--open"], "--check and --open"),
    (["graph", "--out", "x.svg", "--scale", "2"], "--scale and .svg"),
    (["graph", "--out", "x.txt", "--direction", "LR"], "--direction and .txt"),
    (["try", "--stores", "--compare", "small.py"], "--stores and --compare"),
    *(
        ([command, "--set", "poll.ms=1", "--set", "poll.ms=2"], "--set gives poll.ms twice")
        for command in ("run", "describe", "graph", "try", "check")
    ),
]


@pytest.mark.parametrize(("arguments", "both"), BOTH, ids=lambda value: " ".join(value) if list is type(value) else "")
def test_options_that_contradict_each_other_are_refused_by_name(kstream, small, arguments, both):
    command, *options = arguments
    outcome = kstream(command, small, *options)
    assert outcome.code == 2
    assert both in outcome.err
    assert outcome.out == ""


def test_options_that_say_the_same_twice_are_taken(kstream, small):
    assert kstream("describe", small, "--json", "--format", "json").code == 0
    assert kstream("describe", small, "--set", "poll.ms=1", "--set", "poll.ms=1").code == 0


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "shown"),
    [
        ("KSTREAM_FORMAT", "java", ["describe", "--json"], "{"),
        ("KSTREAM_JSON", "1", ["describe", "--format", "java"], "Topologies:"),
        ("KSTREAM_GRAPH_FORMAT", "svg", ["graph", "--out", "x.dot"], "wrote x.dot"),
        ("KSTREAM_THEME", "dark", ["graph", "--out", "x.mmd"], "wrote x.mmd"),
        ("KSTREAM_OPEN", "1", ["graph", "--out", "-", "--format", "dot"], "digraph"),
    ],
)
def test_a_variable_gives_way_to_the_command_line(kstream, small, monkeypatch, variable, value, arguments, shown):
    monkeypatch.setenv(variable, value)
    command, *options = arguments
    outcome = kstream(command, small, *options)
    assert (outcome.code, outcome.err) == (0, "")
    assert shown in outcome.out.partition("\n")[0]


def test_the_variable_for_embedded_gives_way_to_a_cluster_that_is_typed(kstream, small, monkeypatch):
    monkeypatch.setenv("KSTREAM_EMBEDDED", "1")
    outcome = kstream("run", small, "-b", "127.0.0.1:1", "--set", "auto.offset.reset=none", "--from-beginning")
    assert "to start over" in outcome.err  # what only a run on a cluster looks at


@pytest.fixture
def no_cluster(monkeypatch):
    def contacted(*_):
        raise AssertionError("a broker was contacted")

    monkeypatch.setattr(topic_setup.TopicSetup, "__init__", contacted)


@pytest.mark.parametrize("command", ["describe", "check", "graph", "try"])
@pytest.mark.parametrize("place", ["variable", "module", "setting", "file"])
def test_an_offline_command_contacts_a_broker_only_where_one_is_typed(
    kstream, small, monkeypatch, no_cluster, command, place
):
    options = []
    if place == "variable":
        monkeypatch.setenv("KSTREAM_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    elif place == "module":
        small.write_text(small.read_text().replace('"small"}', '"small", "bootstrap.servers": "127.0.0.1:1"}'))
    elif place == "setting":
        options = ["--set", "bootstrap.servers=127.0.0.1:1"]
    else:
        (small.parent / "app.properties").write_text("bootstrap.servers=127.0.0.1:1\n")
        options = ["--config", "app.properties"]
    outcome = kstream(command, small, *options)
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize("command", ["describe", "check"])
def test_a_cluster_that_is_typed_is_contacted(kstream, small, no_cluster, command):
    outcome = kstream(command, small, "-b", "127.0.0.1:1")
    assert "a broker was contacted" in outcome.err + outcome.out


WRONG_SETTINGS = [
    "auto.offset.reset=by_duration:1H",
    "consumer.auto.offset.reset=sometimes",
    "max.poll.interval.ms=soon",
    "consumer.fetch.wait.max.ms=soon",
    "producer.compression.type=tightly",
    "admin.socket.timeout.ms=-1",
    "ssl.ca.location=/nowhere/ca.pem",
]


@pytest.mark.parametrize("setting", WRONG_SETTINGS)
def test_check_and_run_refuse_the_same_settings_before_a_broker_is_contacted(kstream, small, no_cluster, setting):
    key = setting.partition("=")[0].rpartition("consumer.")[2].removeprefix("producer.").removeprefix("admin.")
    more = ["--set", "security.protocol=SSL"] if key.startswith("ssl") else []
    checked = kstream("check", small, "--set", setting, *more)
    assert (checked.code, "1 problem" in checked.out) == (1, True), checked.out
    ran = kstream("run", small, "-b", "127.0.0.1:1", "--create-topics", "--set", setting, *more)
    assert ran.code == 2
    said = checked.out.split("1. ", 1)[1].strip()
    assert said.splitlines()[0] in ran.err


@pytest.mark.parametrize("reset", ["by_duration:PT1H", "earliest", "latest", "none"])
def test_check_accepts_every_policy_that_run_knows(kstream, small, reset):
    assert kstream("check", small, "--set", f"auto.offset.reset={reset}").code == 0


@pytest.mark.parametrize("options", [["--create-topics"], ["--from-beginning"], ["--embedded"]], ids=" ".join)
def test_a_missing_package_is_noticed_before_topics_are_made_or_deleted(
    kstream, small, monkeypatch, no_cluster, options
):
    monkeypatch.setitem(sys.modules, "prometheus_client.core", None)
    cluster = [] if options == ["--embedded"] else ["-b", "127.0.0.1:1"]
    outcome = kstream("run", small, *cluster, *options, "--metrics-port", "0")
    assert outcome.code == 2
    assert "kstream-cli[metrics]" in outcome.err


def test_a_port_that_is_taken_is_noticed_before_topics_are_made(kstream, small, no_cluster):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = kstream("run", small, "-b", "127.0.0.1:1", "--create-topics", "--metrics-port", port)
    assert outcome.code == 2
    assert f"127.0.0.1:{port}" in outcome.err


@pytest.mark.parametrize("command", ["describe", "graph", "try", "check"])
def test_a_profile_that_is_not_there_is_named(kstream, small, command):
    (small.parent / "pyproject.toml").write_text("[tool.kstream.profiles.staging]\n'no.such.key' = 1\n")
    outcome = kstream(command, small, "--profile", "stagin")
    assert outcome.code in (1, 2)
    assert "no profile 'stagin'" in outcome.err + outcome.out
    outcome = kstream(command, small, "--profile", "staging")
    assert "no.such.key" in outcome.err + outcome.out


def test_the_port_of_the_embedded_broker_is_refused_without_it(kstream, small):
    outcome = kstream("run", small, "-b", "a:1", "--port", "9092")
    assert outcome.code == 2
    assert "--port has no effect without --embedded" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "both"),
    [
        (["in", "a:1", "--input", "x.ndjson"], "RECORD and --input"),
        (["--samples", "--format", "csv"], "--samples and --format"),
        (["--samples", "--separator", ";"], "--samples and --separator"),
    ],
)
def test_records_are_sent_from_one_place(kstream, small, arguments, both):
    outcome = kstream("send", "-m", small, "-b", "localhost:1", *arguments)
    assert outcome.code == 2
    assert both in outcome.err


def numbers_of(command, path=()):
    """(words of the command, option) for each option that takes a number with a fraction."""
    for name, each in getattr(command, "commands", {}).items():
        yield from numbers_of(each, (*path, name))
    for option in command.params:
        if option.type.name.startswith("float"):
            yield path, option.opts[0]


def all_numbers():
    group: Any = typer.main.get_command(app)
    return [found for name in COMMANDS for found in numbers_of(group.get_command(None, name), (name,))]


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_no_option_takes_a_number_that_is_none(kstream, value):
    found = all_numbers()
    assert (("run",), "--exit-when-idle") in found
    for command, option in found:
        outcome = kstream(*command, f"{option}={value}")
        assert outcome.code == 2, (command, option)
        assert f"{value} is " in outcome.err


@pytest.mark.parametrize("value", ["-1", "nan", "-2.5e0"])
def test_a_wrong_number_after_exit_when_idle_is_named(kstream, value):
    outcome = kstream("run", "--exit-when-idle", value)
    assert outcome.code == 2
    assert "--exit-when-idle" in outcome.err.partition("\n")[0]
