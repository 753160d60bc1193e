"""What is looked for on the cluster before the threads start."""

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
