"""An application that runs as far as its endpoint can tell: its stores are those of a TopologyTestDriver."""

import http.client
import json
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from kstream_cli import HttpEndpoint, KafkaStreams, StreamsBuilder, TimeWindows, TopologyTestDriver
from kstream_cli.runtime.threads.progress import TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.states import State, ThreadState
from kstream_cli.task.task_id import TaskId

CONFIG = {"application.id": "shop", "bootstrap.servers": "127.0.0.1:1"}


def counting():
    builder = StreamsBuilder()
    words = builder.stream("in", key=str, value=str).group_by_key()
    words.count(store="counts").to_stream().to("out", value=int)
    words.windowed_by(TimeWindows.of_size(60_000).grace(3_600_000)).count(store="per-minute")
    return builder


class Thread:
    """Answers questions at once, as a stream thread that is between two steps does."""

    name = "thread"
    state = ThreadState.RUNNING
    metrics = SimpleNamespace(values=dict)

    def __init__(self, driver, names):
        self.stores = {TaskId(0, 0): {name: driver.store(name) for name in names}}
        self.progress = ThreadProgress("t-1", "RUNNING", 0.0, tasks=(TaskProgress("0_0", "running", (("in", 0),)),))

    def put(self, question):
        question.answer.set_result(question.ask(self.stores))


@contextmanager
def running(builder=None, records=(("a", "x"), ("b", "y"), ("a", "z")), *, names=("counts", "per-minute"), **options):
    """A driver-fed application and its endpoint."""
    builder = builder or counting()
    with TopologyTestDriver(builder, start_ms=0) as driver:
        driver.input("in", advance=60_000).pipe(list(records))
        streams: Any = KafkaStreams(builder, CONFIG)
        streams._state = State.RUNNING
        streams._threads = [Thread(driver, names)]
        streams._group = SimpleNamespace(partition_of_key=lambda store, key: 0, partitions=lambda store: 1)
        with HttpEndpoint(streams, port=0, **options) as endpoint:
            yield streams, endpoint


def get(endpoint, path, *, method="GET", headers=None, body=None):
    """Status, headers and body of an answer; JSON is read."""
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=10)
    try:
        connection.request(method, path, headers=headers or {}, body=body)
        answer = connection.getresponse()
        text = answer.read()
        is_json = answer.headers["Content-Type"] == "application/json" and text
        return answer.status, answer.headers, json.loads(text) if is_json else text.decode()
    finally:
        connection.close()
