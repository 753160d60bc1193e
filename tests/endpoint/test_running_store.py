"""Stores read from the instances that run: the right instance is asked, and what is missing is said."""

from types import SimpleNamespace

import pytest

from kstream_cli import Materialized, Stores, StreamsBuilder
from kstream_cli.endpoint import running_store
from kstream_cli.endpoint.client import server_of
from kstream_cli.endpoint.instances import Instances
from kstream_cli.endpoint.running_store import Asked, RunningStore
from kstream_cli.errors import ConfigError, StoreNotAvailableError, StreamsError, UnknownStoreError
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress
from kstream_cli.serde.windowed import Windowed
from tests.endpoint.running import running
from tests.endpoint.test_answers import other_instance


@pytest.fixture(scope="module")
def endpoint():
    with running() as (_, served):
        yield served


def instances(*endpoints, token=None):
    return Instances([f"127.0.0.1:{each.port}" for each in endpoints], token)


def store(name, *endpoints):
    return RunningStore(name, instances(*endpoints))


def pairs(rows):
    return [(row.key, row.value) for row in rows]


def restoring(streams, left):
    """Have the only task of an instance restore its counts."""
    [thread] = streams._threads
    task = TaskProgress(
        "0_0",
        "restoring",
        (("in", 0),),
        restoring=(RestoreProgress("counts", "shop-counts-changelog", 0, 5, left),),
    )
    thread.progress = ThreadProgress("t-1", "RUNNING", 0.0, tasks=(task,))


def test_a_key_is_read_with_its_time_and_partition(endpoint):
    [row] = store("counts", endpoint).of_key("a", Asked())
    assert (row.key, row.value, row.timestamp, row.partition, row.offset) == ("a", 2, 120_000, 0, None)


def test_a_key_that_is_not_there_has_no_rows_and_no_problem(endpoint):
    found = store("counts", endpoint)
    assert (found.of_key("none/such", Asked()), found.problems) == ([], [])


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (Asked(), ["a", "b"]),
        (Asked(from_key="b"), ["b"]),
        (Asked(to_key="a"), ["a"]),
        (Asked(prefix="b"), ["b"]),
        (Asked(committed=True), ["a", "b"]),
    ],
)
def test_ranges_are_read(endpoint, asked, keys):
    assert [row.key for row in store("counts", endpoint).of_range(asked)] == keys


def test_windows_have_their_times(endpoint):
    found = store("per-minute", endpoint)
    assert pairs(found.of_key("a", Asked(from_time=60_000))) == [(Windowed("a", 120_000, 180_000), 1)]
    assert len(list(found.of_range(Asked(to_time=60_000)))) == 2


def test_a_versioned_store_is_asked_as_of_a_time():
    builder = StreamsBuilder()
    prices = Materialized(supplier=Stores.versioned("prices", history_retention=3_600_000))
    builder.table("in", key=str, value=str, store=prices)
    with running(builder, [("a", "1"), ("a", "2")], names=["prices"]) as (_, endpoint):
        found = store("prices", endpoint)
        [row] = found.of_key("a", Asked(as_of=59_999))
        assert (row.value, row.timestamp) == ("1", 0)
        assert pairs(found.of_key("a", Asked())) == [("a", "2")]


def test_more_rows_than_a_page_holds_are_all_read(monkeypatch):
    monkeypatch.setattr(running_store, "MOST_ROWS", 2)
    words = ["a1", "a2", "a3", "a4", "a5", "b"]
    with running(records=[(word, "x") for word in words]) as (_, endpoint):
        assert [row.key for row in store("counts", endpoint).of_range(Asked())] == words
        assert [row.key for row in store("counts", endpoint).of_range(Asked(prefix="a"))] == words[:5]


def test_a_page_of_windows_that_is_not_all_is_said_so(monkeypatch):
    monkeypatch.setattr(running_store, "MOST_ROWS", 1)
    with running() as (_, endpoint):
        found = store("per-minute", endpoint)
        assert len(list(found.of_range(Asked()))) == 1
        assert "more than 1 such rows" in found.problems[0]


def test_the_instance_that_has_the_key_is_asked():
    with running(records=[("far", "x")]) as (_, owner), running(records=()) as (streams, asked):
        streams._group = other_instance(f"127.0.0.1:{owner.port}")
        assert pairs(store("counts", asked).of_key("far", Asked())) == [("far", 1)]


def test_where_the_group_does_not_tell_who_has_a_key_all_are_asked():
    def hidden(*given, **named):
        raise StoreNotAvailableError("the broker shows no members")

    with running(records=[("far", "x")]) as (_, owner), running(records=()) as (streams, asked):
        streams._group = SimpleNamespace(partition_of_key=hidden, partitions=lambda name: 1)
        assert pairs(store("counts", asked, owner).of_key("far", Asked())) == [("far", 1)]


def test_a_store_that_is_restored_is_said_so_and_read_stale():
    with running() as (streams, endpoint):
        restoring(streams, 1_200)
        found = store("counts", endpoint)
        assert list(found.of_range(Asked())) == []
        assert "partition 0, is being restored, or only a copy, 1,200 records are left" in found.problems[0]
        found = store("counts", endpoint)
        assert pairs(found.of_range(Asked(stale=True))) == [("a", 2), ("b", 1)]
        assert (found.behind, found.problems) == ({0: 1_200}, [])


def test_of_several_copies_the_one_that_is_least_behind_is_read():
    with running(records=[("a", "x")]) as (far, one), running(records=[("a", "x")] * 3) as (near, other):
        restoring(far, 50)
        restoring(near, 2)
        found = store("counts", one, other)
        assert pairs(found.of_key("a", Asked(stale=True))) == [("a", 3)]
        assert found.behind == {0: 2}


def test_an_instance_that_is_away_is_named_with_what_is_missing():
    with running() as (streams, endpoint):
        streams._group.partitions = lambda name: 2
        found = RunningStore("counts", Instances([f"127.0.0.1:{endpoint.port}", "127.0.0.1:1"]))
        assert len(list(found.of_range(Asked()))) == 2
        [problem] = found.problems
        assert problem.startswith("counts, partition 1, is on no instance that answers: 127.0.0.1:1 does not answer")


def test_a_key_whose_instance_is_away_is_not_called_missing():
    with running() as (streams, endpoint):
        streams._group = other_instance("127.0.0.1:1")
        streams._group.partitions = lambda name: 2
        with pytest.raises(StoreNotAvailableError, match=r"whether counts has the key is not known: .*127.0.0.1:1"):
            store("counts", endpoint).of_key("far", Asked())


def test_no_instance_that_answers_is_an_error():
    with pytest.raises(StoreNotAvailableError, match=r"no instance can be asked: 127\.0\.0\.1:1 does not answer"):
        RunningStore("counts", Instances(["127.0.0.1:1"]))


def test_an_unknown_store_is_named_with_the_nearest(endpoint):
    with pytest.raises(UnknownStoreError, match="did you mean counts"):
        store("count", endpoint)


@pytest.mark.parametrize(
    ("name", "key", "asked", "text"),
    [
        ("counts", "a", Asked(from_time=1), "--from-time and --to-time are for windows"),
        ("counts", "a", Asked(as_of=1), "--as-of is for versioned"),
        ("counts", None, Asked(as_of=1), "--as-of is for one key"),
        ("per-minute", None, Asked(prefix="a"), "prefix is for key-value"),
        ("counts", "", Asked(), "the key is empty"),
    ],
)
def test_what_does_not_suit_the_store_is_refused(endpoint, name, key, asked, text):
    found = store(name, endpoint)
    with pytest.raises(ConfigError, match=text):
        list(found.of_range(asked)) if key is None else found.of_key(key, asked)


def test_the_token_opens_a_store_and_its_lack_is_said():
    with running(token="s3cret") as (_, endpoint):
        found = RunningStore("counts", instances(endpoint, token="s3cret"))
        assert pairs(found.of_key("b", Asked())) == [("b", 1)]
        with pytest.raises(StreamsError, match="asks for its token"):
            RunningStore("counts", instances(endpoint))


@pytest.mark.parametrize("text", ["host", "host:", "host:0", "host:1/x", "https://", ":80", "a b:1"])
def test_an_instance_that_cannot_be_meant_is_refused(text):
    with pytest.raises(ConfigError, match="give the HOST:PORT"):
        server_of(text)


@pytest.mark.parametrize("text", ["host:80", "http://host:80/", "[::1]:80", "https://host", "https://host:8443"])
def test_instances_are_named_by_host_and_port(text):
    assert server_of(text) == text.removeprefix("http://").rstrip("/")
