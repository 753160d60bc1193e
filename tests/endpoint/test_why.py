"""What the endpoint says about why its instance is silent, and about itself."""

import threading
import time

import pytest
from jsonschema import Draft202012Validator

from kstream_cli.endpoint.health import not_alive
from kstream_cli.endpoint.instances import Instances
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.stuck_threads import stuck_threads
from tests.endpoint.running import get, running


def test_a_cause_is_told_with_its_remedy_as_described():
    with running() as (streams, endpoint):
        streams._paused = True
        status, _, body = get(endpoint, "/why")
        assert (status, body["cause"]) == (200, "paused")
        assert body["sentence"] == "shop is paused."
        description = get(endpoint, "/openapi.json")[2]
        schema = description["paths"]["/why"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": description["components"]}).validate(body)


def test_the_last_errors_are_told():
    with running() as (streams, endpoint):
        streams._uncaught.recent.add("t-1", "ValueError: no")
        streams._uncaught.recent.add("t-1", "ValueError: no")
        assert [error["text"] for error in get(endpoint, "/status")[2]["errors"]] == ["ValueError: no"] * 2
        assert get(endpoint, "/why")[2]["cause"] == "fails again and again"


@pytest.fixture
def waiting():
    """A thread that waits in this file."""
    done, began = threading.Event(), threading.Event()

    def wait_here():
        began.set()
        done.wait()

    thread = threading.Thread(target=wait_here, name="app-1-StreamThread-1")
    thread.start()
    began.wait()
    yield ThreadProgress(thread.name, "RUNNING", time.time() - 60)
    done.set()
    thread.join()


def test_a_thread_that_hangs_is_found_with_the_line_it_is_at(waiting):
    [stuck] = stuck_threads([waiting], time.time(), 10)
    assert (stuck.thread, 59 < stuck.seconds < 70) == (waiting.thread, True)
    assert stuck.at.startswith(__file__)
    assert stuck.at.endswith("in waiting.<locals>.wait_here")
    assert stuck_threads([waiting], time.time(), 100) == ()


def test_health_names_the_line_of_a_thread_that_hangs(waiting):
    with running() as (streams, _):
        streams._threads[0].progress = waiting
        [reason] = not_alive(streams, 10)
        assert "has not ended a turn for" in reason
        assert f"at {__file__}" in reason


def test_instances_are_looked_at_side_by_side_and_counted_once():
    with running() as (_, one), running() as (_, other):
        servers = [f"127.0.0.1:{one.port}", f"localhost:{one.port}", f"127.0.0.1:{other.port}", "127.0.0.1:1"]
        seen = Instances(servers).look()
    assert [facts.client_id for facts in seen.facts.values()] == ["shop"]
    assert list(seen.facts) == [servers[0]]
    assert list(seen.away) == ["127.0.0.1:1"]
    assert list(seen.topologies.values()) == [("shop",)]
