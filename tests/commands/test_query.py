"""`kstream query` of running instances: one command, whichever way the store is read."""

import json

import pytest
from jsonschema import Draft202012Validator

from kstream_cli.commands.output.json_schemas import schema_of
from kstream_cli.config import Config
from kstream_cli.endpoint.instances import announced_endpoint, servers_of
from tests.endpoint.running import running


@pytest.fixture(scope="module")
def endpoint():
    with running() as (_, served):
        yield f"127.0.0.1:{served.port}"


def test_rows_are_shown_as_those_of_a_changelog_are(kstream, endpoint):
    shown = kstream("query", "counts", "a", "--instance", endpoint)
    assert shown.code == 0
    assert [line.split()[:2] for line in shown.out.splitlines()] == [["key", "value"], ["a", "2"]]
    assert kstream("query", "counts", "--instance", endpoint, "--format", "csv").out.splitlines() == [
        "key,value,timestamp,partition,offset",
        "a,2,120000,0,",
        "b,1,60000,0,",
    ]


def test_json_is_what_its_schema_says(kstream, endpoint):
    lines = kstream("query", "per-minute", "--instance", endpoint, "--json", "-n", "2").out.splitlines()
    rows = [json.loads(line) for line in lines]
    for row in rows:
        Draft202012Validator(schema_of("query")).validate(row)
    assert [row["key"] for row in rows] == [["a", 0, 60_000], ["a", 120_000, 180_000]]


def test_windows_are_shown_with_their_times(kstream, endpoint):
    shown = kstream("query", "per-minute", "a", "--instance", endpoint, "--from-time", "60000", "--format", "csv")
    assert shown.out.splitlines()[1:] == ["a,120000,180000,1,120000,0,"]


def test_a_part_that_cannot_be_read_is_told_by_message_and_exit_code(kstream):
    with running() as (streams, served):
        streams._group.partitions = lambda name: 2
        shown = kstream("query", "counts", "--instance", f"127.0.0.1:{served.port}", "--json")
        assert (shown.code, len(shown.out.splitlines())) == (1, 2)
        assert "counts, partition 1, is on no instance that answers" in shown.err


def test_a_key_that_is_not_there_is_said_so(kstream, endpoint):
    shown = kstream("query", "counts", "zzz", "--instance", endpoint)
    assert (shown.code, "has no such row" in shown.err) == (0, True)


def test_what_data_holds_never_reaches_a_terminal_raw(kstream):
    with running(records=[("a\x1b[31m", "x")]) as (_, served):
        shown = kstream("query", "counts", "--instance", f"127.0.0.1:{served.port}")
        assert "\x1b" not in shown.out
        assert r"a\x1b[31m" in shown.out


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--at", "5"], "--at is for the changelog: add --from-changelog"),
        (["--since", "5"], "--since is for the changelog: add --from-changelog"),
        (["--from-changelog", "--stale"], "--stale is for the running instances: leave out --from-changelog"),
        (["--from-changelog", "--instance", "a:1"], "--instance is for the running instances"),
        (["--instance", "nonsense"], "give the HOST:PORT"),
        (["--instance", "a:1", "--token-file", "no-such-file"], "cannot be read"),
    ],
)
def test_options_of_one_way_are_refused_with_the_other(kstream, options, text):
    shown = kstream("query", "counts", *options)
    assert (shown.code, text in shown.err) == (2, True), shown.err


def test_an_instance_that_is_away_is_named(kstream):
    shown = kstream("query", "counts", "--instance", "127.0.0.1:1")
    assert (shown.code, "127.0.0.1:1 does not answer" in shown.err) == (1, True)


def test_instances_of_this_machine_are_found_while_they_run(endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    config = Config.from_mapping({"application.id": "shop"})
    with announced_endpoint(endpoint, "shop"), announced_endpoint("127.0.0.1:1", "shop"):
        assert servers_of(config) == (endpoint,)
        assert servers_of(Config.from_mapping({"application.id": "other"})) == ()
    assert servers_of(config) == ()
