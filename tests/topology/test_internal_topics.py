"""Partition counts and settings of the topics that an application makes for itself."""

from __future__ import annotations

import pytest

from kstream_cli import Config, Materialized, StreamsBuilder, TimeWindows, Topology
from kstream_cli.errors import CoPartitioningError
from kstream_cli.topology.internal_topics import changelog_topics, repartition_partitions, repartition_topics

CONFIG = Config.from_mapping({"application.id": "app"})


def counts(topology: Topology, external: dict[str, int]) -> dict[str, int]:
    sources = {number: part.source_topics for number, part in topology.subtopologies().items()}
    return repartition_partitions(topology, sources, external)


def test_a_repartition_topic_is_as_wide_as_the_widest_source_above_it():
    builder = StreamsBuilder()
    builder.stream("a").merge(builder.stream("b")).group_by(lambda key, value: value, name="g").count()
    assert counts(builder.build(), {"a": 3, "b": 5}) == {"g-repartition": 5}


def test_a_chain_of_repartition_topics_takes_over_the_count():
    builder = StreamsBuilder()
    builder.stream("a").repartition(name="one").select_key(lambda key, value: value).repartition(name="two").to("out")
    assert counts(builder.build(), {"a": 4}) == {"one-repartition": 4, "two-repartition": 4}


def test_a_given_count_is_kept_and_passed_on():
    builder = StreamsBuilder()
    again = builder.stream("a").repartition(name="one", partitions=7)
    again.group_by(lambda key, value: value, name="two").count()
    assert counts(builder.build(), {"a": 4}) == {"one-repartition": 7, "two-repartition": 7}


def cogrouped(*, partitions: int | None = None) -> Topology:
    builder = StreamsBuilder()
    one = builder.stream("a").repartition(name="r", partitions=partitions).group_by_key()
    two = builder.stream("b").group_by_key()
    one.cogroup(lambda key, value, agg: agg).cogroup(two, lambda key, value, agg: agg).aggregate(str)
    return builder.build()


def test_a_repartition_topic_that_meets_a_given_one_takes_its_count():
    assert counts(cogrouped(), {"a": 2, "b": 6}) == {"r-repartition": 6}


def test_topics_that_meet_with_different_counts_are_refused_by_name():
    with pytest.raises(CoPartitioningError, match="b has 6, r-repartition has 4"):
        counts(cogrouped(partitions=4), {"a": 2, "b": 6})


def test_repartition_topics_are_named_after_the_application_and_never_expire():
    builder = StreamsBuilder()
    builder.stream("a").repartition(name="r").to("out")
    (topic,) = repartition_topics(builder.build(), CONFIG, {"r-repartition": 3})
    assert (topic.name, topic.partitions) == ("app-r-repartition", 3)
    assert topic.settings["cleanup.policy"] == "delete"
    assert topic.settings["retention.ms"] == "-1"


def test_changelogs_are_made_for_logged_stores_with_their_settings():
    builder = StreamsBuilder()
    grouped = builder.stream("a").group_by_key()
    grouped.count(store=Materialized("counts", logging={"segment.bytes": "1000"}))
    grouped.count(store=Materialized("quiet", logging=False))
    grouped.windowed_by(TimeWindows.of_size(hours=1)).count(store="windowed")
    topics = {topic.name: topic for topic in changelog_topics(builder.build(), CONFIG, {0: 3})}
    assert sorted(topics) == ["app-counts-changelog", "app-windowed-changelog"]
    assert topics["app-counts-changelog"].partitions == 3
    assert topics["app-counts-changelog"].settings["cleanup.policy"] == "compact"
    assert topics["app-counts-changelog"].settings["segment.bytes"] == "1000"
    assert topics["app-windowed-changelog"].settings["cleanup.policy"] == "compact,delete"


def test_a_table_that_reuses_its_source_topic_has_no_changelog():
    builder = StreamsBuilder()
    builder.table("a", store="rows").to_stream().to("out")
    topology = builder.build({"topology.optimization": "reuse.ktable.source.topics"})
    assert changelog_topics(topology, CONFIG, {0: 1}) == []
    assert topology.source_changelogs == {"rows": "a"}
