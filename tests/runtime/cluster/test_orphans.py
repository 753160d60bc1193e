"""The look at start: state on the cluster that the topology would leave behind ends the start."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli import StreamsBuilder
from kstream_cli.config import Config
from kstream_cli.errors import OrphanedStateError
from kstream_cli.runtime.cluster.group_offsets import GroupOffsets
from kstream_cli.runtime.cluster.orphans import refuse_orphans
from kstream_cli.runtime.cluster.preparation import prepare
from kstream_cli.runtime.cluster.topics import ClusterTopics

VIEWS = ("views", 0, 7)


class Answered:
    """What an admin client gives back: the answer comes later."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def result(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Admin:
    """Topics begin at offset 0 and end at `ends`; `committed` is what the group `app` has read."""

    def __init__(
        self,
        *,
        ends: dict[str, int] | None = None,
        committed: Iterable[tuple[str, int, int]] = (VIEWS,),
        groups: Iterable[str] = ("app",),
        refuses: bool = False,
    ) -> None:
        self.ends = ends or {}
        self.committed = list(committed)
        self.groups = groups
        self.refuses = refuses
        self.asked: list[str] = []

    def list_groups(self, group: str, *, timeout: float) -> list[Any]:
        """The group is known, also where it keeps its offsets in no topic."""
        return [SimpleNamespace(error=None, state="Empty", members=[], protocol_type="consumer", protocol="")]

    def list_consumer_groups(self, *, request_timeout: float) -> Answered:
        self.asked.append("groups")
        return Answered(SimpleNamespace(valid=[SimpleNamespace(group_id=group) for group in self.groups]))

    def consumer(self, settings: dict[str, Any]) -> Any:
        assert settings["group.id"] == "app"
        return SimpleNamespace(committed=self.tell_committed, close=lambda: None)

    def tell_committed(self, asked: list[Any], seconds: float) -> list[Any]:
        self.asked.append("committed")
        if self.refuses:
            raise KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED))
        known = {(topic, partition): offset for topic, partition, offset in self.committed}
        return [
            SimpleNamespace(
                topic=each.topic, partition=each.partition, offset=known.get((each.topic, each.partition), -1001)
            )
            for each in asked
        ]

    def list_offsets(self, asked: dict[Any, Any], *, request_timeout: float) -> dict[Any, Answered]:
        self.asked.append("offsets")
        at_end = {each: spec._value == -1 for each, spec in asked.items()}
        return {each: Answered(SimpleNamespace(offset=self.ends[each.topic] if at_end[each] else 0)) for each in asked}


def start(admin: Admin, *topics: str, **settings: Any) -> None:
    """Start an application that counts views in the store `per-user`, where the cluster has these topics."""
    builder = StreamsBuilder()
    builder.stream("views", key=str, value=str).group_by_key().count(store="per-user").to_stream().to("out")
    config = Config.from_mapping({"application.id": "app", "bootstrap.servers": "x:1", **settings})
    cluster = ClusterTopics(admin, "x:1")
    cluster.partitions = {"views": 1, **dict.fromkeys(topics, 1)}
    with GroupOffsets(admin, config, admin) as offsets:  # type: ignore[arg-type]
        refuse_orphans(builder.build(), config, admin, cluster, offsets)


def test_a_changelog_with_rows_that_no_store_has_ends_the_start_with_finding_and_remedy() -> None:
    with pytest.raises(OrphanedStateError, match=r"KS10[13] app-old-changelog: ") as raised:
        start(Admin(ends={"app-old-changelog": 5}), "app-old-changelog", "app-per-user-changelog")
    assert "--allow-orphans" in str(raised.value)
    assert "allow.orphans=true" in str(raised.value)
    assert "app-per-user-changelog" not in str(raised.value)


def test_records_on_their_way_in_a_topic_that_nobody_will_read_end_the_start() -> None:
    topic = "app-by-page-repartition"
    with pytest.raises(OrphanedStateError, match=f"KS20[12] {topic}: "):
        start(Admin(ends={topic: 5}, committed=[VIEWS, (topic, 0, 3)]), topic)


def test_a_repartition_topic_that_has_been_read_to_its_end_is_no_loss() -> None:
    topic = "app-by-page-repartition"
    start(Admin(ends={topic: 5}, committed=[VIEWS, (topic, 0, 5)]), topic)


def test_a_changelog_without_rows_is_no_loss() -> None:
    start(Admin(ends={"app-old-changelog": 0}), "app-old-changelog")


@pytest.mark.parametrize("allowed", [True, "true"])
def test_allow_orphans_goes_on_without_a_look(allowed: Any) -> None:
    admin = Admin(ends={"app-old-changelog": 5})
    start(admin, "app-old-changelog", **{"allow.orphans": allowed})
    assert admin.asked == []


@pytest.mark.parametrize("topics", [(), ("app-per-user-changelog",), ("other-old-changelog", "app-results")])
def test_where_nothing_unknown_is_there_the_cluster_is_asked_nothing(topics: tuple[str, ...]) -> None:
    admin = Admin()
    start(admin, *topics)
    assert admin.asked == []


def test_the_state_of_an_application_whose_id_begins_alike_is_left_alone() -> None:
    start(Admin(ends={"app-v2-old-changelog": 5}, groups=["app", "app-v2"]), "app-v2-old-changelog")


def test_state_that_only_looks_like_that_of_another_application_is_not_left_behind() -> None:
    with pytest.raises(OrphanedStateError, match="app-v2-old-changelog"):
        start(Admin(ends={"app-v2-old-changelog": 5}, groups=["app", "app-v"]), "app-v2-old-changelog")


def test_topics_of_an_application_that_has_never_committed_do_not_end_the_start() -> None:
    start(Admin(ends={"app-old-changelog": 5}, committed=[]), "app-old-changelog")


def test_a_cluster_that_refuses_the_look_is_told_of_and_the_start_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    start(Admin(refuses=True), "app-old-changelog")
    assert "app-old-changelog" in caplog.text
    assert "the cluster does not say what it has of app" in caplog.text


def test_the_look_comes_before_any_topic_is_made() -> None:
    builder = StreamsBuilder()
    builder.stream("views", key=str, value=str).group_by_key().count(store="per-user").to_stream().to("out")
    admin = Admin(ends={"app-old-changelog": 5})
    found = {name: SimpleNamespace(partitions={0: None}, error=None) for name in ("views", "out", "app-old-changelog")}
    admin.list_topics = lambda timeout: SimpleNamespace(topics=found)  # type: ignore[attr-defined]
    config = Config.from_mapping({"application.id": "app", "bootstrap.servers": "x:1"})
    with pytest.raises(OrphanedStateError), GroupOffsets(admin, config, admin) as offsets:  # type: ignore[arg-type]
        prepare(builder.build(), config, admin, offsets=offsets)
