"""The embedded broker answers wrongly where partitions end and where times are: it is asked in a way that is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kstream_cli.broker import embedded
from kstream_cli.broker.embedded import EmbeddedBroker
from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.operations.application_reset import ApplicationReset
from kstream_cli.operations.cluster_facts import ClusterFacts
from kstream_cli.operations.reset_offsets import ResetPlace
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.operations.topic_log import TopicLog

pytestmark = pytest.mark.embedded
TIMES = range(1_000, 13_000, 1_000)


@pytest.fixture(scope="module")
def config() -> Iterator[Config]:
    """A broker with twelve records in one batch, of the seconds 1 to 12."""
    try:
        embedded.broker_program()
    except StreamsError as error:
        pytest.skip(str(error))
    with EmbeddedBroker() as broker:
        quiet = {"bootstrap.servers": broker.bootstrap_servers, "log_level": 0}
        admin = AdminClient(quiet)
        for made in admin.create_topics([NewTopic("in", 1), NewTopic("shop-counts-changelog", 1)]).values():
            made.result()
        producer = Producer({**quiet, "linger.ms": 200})
        for topic in ("in", "shop-counts-changelog"):
            for time in TIMES:
                producer.produce(topic, b"%d" % time, timestamp=time)
        assert producer.flush(20) == 0
        yield Config.from_mapping({"application.id": "shop", "bootstrap.servers": broker.bootstrap_servers})


def read(config: Config, place: str) -> list[int]:
    with TopicLog(config, ["in"], StartPosition.parse(place)) as log:
        return [record.offset() for record in log.records(until_end=True) if record is not None]


@pytest.mark.parametrize(
    ("place", "offsets"),
    [
        ("beginning", list(range(12))),
        ("-3", [9, 10, 11]),
        ("end", []),
        ("7", [7, 8, 9, 10, 11]),
        ("@1970-01-01T00:00:10+00:00", [9, 10, 11]),
        ("@1970-01-01T01:00:00+00:00", []),
    ],
)
def test_a_topic_is_read_from_the_place_that_is_meant(config: Config, place: str, offsets: list[int]) -> None:
    assert read(config, place) == offsets


def test_how_much_there_is_to_read_is_known(config: Config) -> None:
    with TopicLog(config, ["in"], StartPosition.parse("beginning")) as log:
        assert log.spans() == {("in", 0): (0, 12)}


@pytest.mark.parametrize(
    ("place", "offset"),
    [
        (ResetPlace("earliest"), 0),
        (ResetPlace("latest"), 12),
        (ResetPlace("offset", 7), 7),
        (ResetPlace("offset", 40), 12),
        (ResetPlace("time", 4_500), 4),
        (ResetPlace("time", 10**12), 12),
    ],
)
def test_a_reset_moves_to_the_place_that_is_meant(
    config: Config, tmp_path: Any, place: ResetPlace, offset: int
) -> None:
    reset = ApplicationReset(config.merged({"state.dir": str(tmp_path)}))
    plan = reset.plan(place, input_topics=["in"])
    assert [move.after for move in plan.offsets] == [offset]


def test_the_size_of_a_changelog_is_right(config: Config) -> None:
    assert dict(ClusterFacts(config, None).look().changelogs) == {"shop-counts-changelog": 12}
