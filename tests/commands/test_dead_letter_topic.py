"""The dead letter topic is a topic of the application like any other: looked for, shown and made."""

from types import SimpleNamespace

import pytest

from kstream_cli import Topology
from kstream_cli.broker.samples import Sample
from kstream_cli.commands.running.embedded_run import SampleRun
from kstream_cli.config import Config
from kstream_cli.runtime.cluster import topic_setup
from kstream_cli.runtime.kafka_streams import KafkaStreams

SETTING = "errors.dead.letter.queue.topic.name=dead"


@pytest.fixture
def cluster(monkeypatch):
    """A cluster with the topics `partitions`; what is made is added."""
    found = SimpleNamespace(partitions={"in": 1, "out": 1})

    class Topics:
        def __init__(self, admin, servers):
            self.partitions = found.partitions

        def refresh(self): ...

        def await_topics(self, topics, seconds):
            return True

    def create_topics(topics, request_timeout):
        found.partitions.update({topic.topic: topic.num_partitions for topic in topics})
        return {topic.topic: SimpleNamespace(result=lambda: None) for topic in topics}

    supplier = SimpleNamespace(admin=lambda settings: SimpleNamespace(create_topics=create_topics))
    monkeypatch.setattr(topic_setup, "supplier_for", lambda config, given: supplier)
    monkeypatch.setattr(topic_setup, "ClusterTopics", Topics)
    return found


@pytest.fixture
def started(monkeypatch):
    """Has an application that would start end at once."""

    def start(streams):
        streams._state = streams._state.to(type(streams.state).PENDING_SHUTDOWN)
        streams._finish(type(streams.state).NOT_RUNNING)

    monkeypatch.setattr(KafkaStreams, "start", start)


def test_run_does_not_start_without_it(kstream, small, cluster):
    outcome = kstream("run", "small.py", "-b", "localhost:1", "--set", SETTING)
    assert outcome.code == 1
    assert outcome.err.startswith("error: missing topics: dead\n")


def test_run_makes_it_where_it_is_to_make_topics(kstream, small, cluster, started):
    outcome = kstream("run", "small.py", "-b", "localhost:1", "--set", SETTING, "--create-topics")
    assert outcome.code == 0, outcome.err
    assert cluster.partitions == {"in": 1, "out": 1, "dead": 1}


def test_check_lists_it(kstream, small, cluster):
    outcome = kstream("check", "small.py", "-b", "localhost:1", "--set", SETTING)
    assert outcome.code == 1
    assert "topic dead is missing" in outcome.out


def test_describe_shows_it(kstream, small, cluster):
    cluster.partitions["dead"] = 4
    outcome = kstream("describe", "small.py", "-b", "localhost:1", "--set", SETTING)
    assert "dead  4 partitions" in outcome.out


def test_the_embedded_broker_has_it():

    topology = Topology().add_source("read", "in", key=str, value=str)
    topology.add_sink("write", "out", parents="read", key=str, value=str)
    config = Config.from_mapping({"application.id": "app", "errors.dead.letter.queue.topic.name": "dead"})
    assert SampleRun([Sample("in", "a", "1")], topology, config).topics == ["in", "out", "dead"]
