"""What the endpoint answers to good requests, each held against its own OpenAPI description."""

import re
from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator

from kstream_cli import StoreNotAvailableError, StreamsBuilder
from kstream_cli.runtime.streams_metadata import KeyQueryMetadata, StreamsMetadata
from tests.endpoint.running import get, running


@pytest.fixture(scope="module")
def endpoint():
    with running() as (_, served):
        yield served


def checked(endpoint, path, template, status=200):
    """The answer, which is as the description says."""
    found, _, body = get(endpoint, path)
    assert found == status, body
    description = get(endpoint, "/openapi.json")[2]
    answers = description["paths"][template]["get"]["responses"]
    schema = answers.get(str(status), answers["default"])["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": description["components"]}).validate(body)
    return body


def test_a_key_is_read_with_its_timestamp(endpoint):
    body = checked(endpoint, "/stores/counts/a", "/stores/{store}/{key}")
    assert body["rows"] == [{"partition": 0, "key": "a", "value": 2, "timestamp": 120_000}]
    assert body["lags"] == {"0": 0}


def test_a_key_that_is_not_there_is_not_found(endpoint):
    body = checked(endpoint, "/stores/counts/%1b%5bnone", "/stores/{store}/{key}", 404)
    assert body["error"] == r"store counts has no key '\x1b[none'"


@pytest.mark.parametrize(
    ("query", "keys", "more"),
    [
        ("", ["a", "b"], False),
        ("limit=1", ["a"], True),
        ("limit=2", ["a", "b"], False),
        ("from=b", ["b"], False),
        ("to=a", ["a"], False),
        ("prefix=b", ["b"], False),
        ("reverse=true", ["b", "a"], False),
    ],
)
def test_ranges_of_a_store_are_read_up_to_the_limit(endpoint, query, keys, more):
    body = checked(endpoint, f"/stores/counts?{query}", "/stores/{store}")
    assert ([row["key"] for row in body["rows"]], body["more"]) == (keys, more)


@pytest.mark.parametrize(
    ("query", "starts"),
    [("", [0, 120_000]), ("time_from=60000", [120_000]), ("time_to=1970-01-01T00:01%2B00:00", [0])],
)
def test_windows_of_a_key_are_read_by_time(endpoint, query, starts):
    body = checked(endpoint, f"/stores/per-minute/a?{query}", "/stores/{store}/{key}")
    assert [row["window"]["start"] for row in body["rows"]] == starts
    assert all(row["key"] == "a" and row["value"] == 1 for row in body["rows"])


def test_windows_of_all_keys_are_read_by_time(endpoint):
    body = checked(endpoint, "/stores/per-minute?time_from=60000", "/stores/{store}")
    assert sorted((row["key"], row["window"]["start"]) for row in body["rows"]) == [("a", 120_000), ("b", 60_000)]


def test_the_stores_are_listed_with_their_kinds_and_serdes(endpoint):
    body = checked(endpoint, "/stores", "/stores")
    assert [(each["store"], each["kind"], each["key"], each["lags"]) for each in body] == [
        ("counts", "key-value", "StringSerde()", {"0": 0}),
        ("per-minute", "window", "StringSerde()", {"0": 0}),
    ]


def test_status_topology_and_health_are_as_described(endpoint):
    assert checked(endpoint, "/status", "/status")["state"] == "RUNNING"
    assert checked(endpoint, "/topology", "/topology")["topology"] == "shop"
    assert (
        checked(endpoint, "/livez", "/livez") == checked(endpoint, "/readyz", "/readyz") == {"ok": True, "reasons": []}
    )


def test_metrics_are_those_of_the_metrics_page(endpoint):
    _, headers, text = get(endpoint, "/metrics")
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert re.search(r'^kafka_streams_state\{.*value="RUNNING"\} 1.0$', text, re.M)


def test_head_has_no_body(endpoint):
    assert get(endpoint, "/status", method="HEAD")[2] == ""


def other_instance(server):
    """The metadata of a key that another instance has."""
    nothing = frozenset()
    found = StreamsMetadata("other", server, False, nothing, nothing, nothing, nothing)
    return SimpleNamespace(
        partition_of_key=lambda store, key: 7,
        partitions=lambda store: 8,
        of_key=lambda *given, **named: KeyQueryMetadata(7, found, ()),
    )


def test_a_key_of_another_instance_is_asked_for_there():
    records = [("far", "x")]
    with running(records=records) as (_, owner), running(records=()) as (streams, asked):
        streams._group = other_instance(f"127.0.0.1:{owner.port}")
        status, _, body = get(asked, "/stores/counts/far?committed=true")
        assert (status, body["rows"][0]["value"]) == (200, 1)
        assert get(asked, "/stores/counts/gone")[0] == 404
        assert get(asked, "/stores/counts/far?route=false")[0] == 404


def test_the_token_goes_along_to_the_other_instance():
    bearer = {"Authorization": "Bearer s3cret"}
    with running(token="s3cret") as (_, owner), running(records=(), token="s3cret") as (streams, asked):
        streams._group = other_instance(f"127.0.0.1:{owner.port}")
        assert get(asked, "/stores/counts/a", headers=bearer)[0] == 200


def test_two_instances_that_name_one_another_do_not_ask_in_circles():
    with running(records=()) as (one, first), running(records=()) as (other, second):
        one._group = other_instance(f"127.0.0.1:{second.port}")
        other._group = other_instance(f"127.0.0.1:{first.port}")
        assert get(first, "/stores/counts/a")[0] == 404


@pytest.mark.parametrize(
    ("server", "status", "text"),
    [
        (None, 503, "has no application.server"),
        ("127.0.0.1:1", 502, "does not answer"),
    ],
)
def test_an_owner_that_cannot_be_asked_is_named(server, status, text):
    with running() as (streams, endpoint):
        streams._group = other_instance(server)
        found, _, body = get(endpoint, "/stores/counts/a")
        assert (found, text in body["error"]) == (status, True), body


def test_a_store_that_is_not_available_says_why():
    def moving(*given, **named):
        raise StoreNotAvailableError("tasks move")

    with running() as (streams, endpoint):
        streams._group = SimpleNamespace(partition_of_key=moving)
        assert get(endpoint, "/stores/counts/a")[::2] == (503, {"status": 503, "error": "tasks move"})


def test_values_that_json_has_no_form_for_are_texts():
    builder = StreamsBuilder()
    builder.table("in", key=int, value=bytes, store="kept")
    with running(builder, [(5, b"\xff\x00")], names=["kept"]) as (_, endpoint):
        assert get(endpoint, "/stores/kept/5")[2]["rows"] == [
            {"partition": 0, "key": 5, "value": "/wA=", "timestamp": 0}
        ]
        assert get(endpoint, "/stores/kept/five")[2]["error"].startswith("topic shop-kept-changelog: the key 'five'")
