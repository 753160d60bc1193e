"""The look at start, at what ends no start: it warns, with one question for each thing that is there."""

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli import Materialized, Stores, StreamsBuilder, TimeWindows
from kstream_cli.config import Config
from kstream_cli.runtime.cluster.group_offsets import COMMITTED_OFFSETS, GroupOffsets
from kstream_cli.runtime.cluster.leftovers import report_leftovers
from kstream_cli.runtime.cluster.topics import ClusterTopics

HOUR = 3_600_000
KEPT = {
    "app-counts-changelog": {"cleanup.policy": "compact", "retention.ms": "1"},
    "app-hours-changelog": {"cleanup.policy": "compact,delete", "retention.ms": str(26 * HOUR)},
    "app-prices-changelog": {"cleanup.policy": "compact", "min.compaction.lag.ms": str(26 * HOUR)},
}


class Admin:
    """Topics have these settings, and the group `app` has committed offsets of these topics."""

    def __init__(self, settings: dict[str, dict[str, str]], committed: tuple[str, ...] = (), refuses: bool = False):
        self.settings, self.read, self.refuses = settings, committed, refuses
        self.asked: list[str] = []

    def describe_configs(self, resources: list[Any], *, request_timeout: float) -> dict[Any, Any]:
        self.asked.append("configs")
        return {
            each: self._answer({name: SimpleNamespace(value=value) for name, value in self.settings[each.name].items()})
            for each in resources
        }

    def consumer(self, settings: dict[str, Any]) -> Any:
        assert settings["group.id"] == "app"
        return self

    def committed(self, asked: list[Any], seconds: float) -> list[Any]:
        self.asked.append("offsets")
        told = [SimpleNamespace(topic=each.topic, partition=each.partition) for each in asked]
        for each in told:
            each.offset = 3 if each.topic in self.read else -1001
        answer: list[Any] = self._answer(told).result()
        return answer

    def close(self) -> None: ...

    def _answer(self, value: Any) -> Any:
        def result() -> Any:
            if self.refuses:
                raise KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED))
            return value

        return SimpleNamespace(result=result)


def look(admin: Admin, *topics: str) -> None:
    builder = StreamsBuilder()
    grouped = builder.stream("views", key=str, value=str).group_by_key()
    grouped.count(store="counts")
    grouped.windowed_by(TimeWindows.of_size(HOUR)).count(store="hours")
    prices = Stores.versioned("prices", history_retention=HOUR, key=str, value=str)
    builder.stream("prices", key=str, value=str).to_table(store=Materialized(supplier=prices))
    config = Config.from_mapping({"application.id": "app", "bootstrap.servers": "x:1"})
    cluster = ClusterTopics(admin, "x:1")  # type: ignore[arg-type]
    cluster.partitions = dict.fromkeys(topics, 1)
    with GroupOffsets(admin, config, admin) as offsets:  # type: ignore[arg-type]
        report_leftovers(builder.build(), config, admin, cluster, offsets)


def changed(topic: str, **settings: str) -> dict[str, dict[str, str]]:
    return {**KEPT, topic: {**KEPT[topic], **{name.replace("_", "."): value for name, value in settings.items()}}}


def test_changelogs_that_keep_what_the_stores_need_are_not_told_of(caplog: pytest.LogCaptureFixture) -> None:
    look(Admin(KEPT), *KEPT)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("topic", "settings", "said"),
    [
        ("app-counts-changelog", {"cleanup_policy": "delete"}, "cleanup.policy is delete"),
        ("app-hours-changelog", {"retention_ms": "1000"}, f"the store keeps rows for {HOUR} ms"),
        ("app-prices-changelog", {"min_compaction_lag_ms": "0"}, "older versions are not restored"),
    ],
)
def test_a_changelog_that_drops_what_a_store_needs_is_named(topic, settings, said, caplog) -> None:
    look(Admin(changed(topic, **settings)), *KEPT)
    assert f"KS116 {topic}: " in caplog.text
    assert said in caplog.text
    assert len(caplog.records) == 1


def test_offsets_of_a_topic_that_no_source_reads_are_named(caplog: pytest.LogCaptureFixture) -> None:
    admin = Admin(KEPT, ("views", "prices", "orders", "app-old-repartition"))
    look(admin, COMMITTED_OFFSETS, "views", "prices", "orders", "app-old-repartition", *KEPT)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["KS212 orders"]
    assert admin.asked == ["configs", "offsets"]


def test_where_nothing_is_there_nothing_is_asked() -> None:
    admin = Admin(KEPT)
    look(admin, "views", "prices")
    assert admin.asked == []


def test_a_cluster_that_does_not_tell_is_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    look(Admin(KEPT, ("orders",), refuses=True), COMMITTED_OFFSETS, *KEPT)
    assert caplog.text == ""
