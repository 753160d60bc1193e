"""What is looked for on the cluster before the threads start, and again while they run."""

from types import SimpleNamespace

import pytest

from kstream_cli import StreamsBuilder
from kstream_cli.config import Config
from kstream_cli.runtime.cluster.preparation import prepare


@pytest.mark.parametrize(("topics", "warned"), [({"in"}, True), ({"in", "dead"}, False)])
def test_a_dead_letter_topic_that_is_missing_is_told_at_the_start(topics: set[str], warned: bool, caplog) -> None:
    found = {name: SimpleNamespace(partitions={0: None}, error=None) for name in topics}
    admin = SimpleNamespace(list_topics=lambda timeout: SimpleNamespace(topics=found))
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out")
    config = {"application.id": "app", "bootstrap.servers": "x:1", "errors.dead.letter.queue.topic.name": "dead"}
    prepare(builder.build(), Config.from_mapping(config), admin)
    assert ("topic dead of errors.dead.letter.queue.topic.name does not exist" in caplog.text) == warned


class Admin:
    """A cluster's topics; those that are made are there at once."""

    def __init__(self, *topics: str) -> None:
        self.topics = {name: SimpleNamespace(partitions={0: None}, error=None) for name in topics}

    def list_topics(self, timeout):
        return SimpleNamespace(topics=self.topics)

    def create_topics(self, new, request_timeout):
        self.topics |= {topic.topic: SimpleNamespace(partitions={0: None}, error=None) for topic in new}
        return {topic.topic: SimpleNamespace(result=lambda timeout: None) for topic in new}


@pytest.mark.parametrize("name", ["counts-changelog", "counts-repartition"])
def test_an_internal_topic_that_is_deleted_while_the_application_runs_is_named_with_what_is_lost(name, caplog) -> None:
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str).select_key(lambda key, value: value)
    stream.group_by_key(name="counts", key=str, value=str).count(store="counts")
    topology = builder.build()
    config = Config.from_mapping({"application.id": "app", "bootstrap.servers": "x:1"})
    admin = Admin("in")
    before = prepare(topology, config, admin).placement
    prepare(topology, config, admin, before=before)
    assert "deleted" not in caplog.text
    del admin.topics[f"app-{name}"]
    prepare(topology, config, admin, before=before)
    assert f"internal topics were deleted while the application runs: app-{name}." in caplog.text
    assert f"app-{name}" in admin.topics
