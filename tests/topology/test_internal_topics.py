"""Partition counts and settings of the topics that an application makes for itself."""

from __future__ import annotations

import pytest

from kstream_cli import Config, StreamsBuilder
from kstream_cli.errors import CoPartitioningError
from kstream_cli.topology.internal_topics import changelog_topics, repartition_partitions, repartition_topics

CONFIG = Config.from_mapping({"application.id": "app"})


def sources(topology):
    return {number: part.source_topics for number, part in topology.subtopologies().items()}


def regrouped(builder, topic, **options):
    return (
        builder.stream(topic, key=str, value=str).select_key(lambda key, value: value, key=str).repartition(**options)
    )


def test_a_repartition_topic_is_as_wide_as_what_is_written_to_it():
    builder = StreamsBuilder()
    merged = builder.stream("narrow", key=str, value=str).merge(builder.stream("wide", key=str, value=str))
    merged.repartition(name="again", key=str, value=str).to("out")
    topology = builder.build()
    counts = repartition_partitions(topology, sources(topology), {"narrow": 2, "wide": 5})
    assert counts == {"again-repartition": 5}


def test_counts_are_derived_through_several_repartitions():
    builder = StreamsBuilder()
    regrouped(builder, "in", name="one").repartition(name="two").to("out")
    topology = builder.build()
    assert repartition_partitions(topology, sources(topology), {"in": 4}) == {
        "one-repartition": 4,
        "two-repartition": 4,
    }


def test_a_given_number_of_partitions_is_kept():
    builder = StreamsBuilder()
    regrouped(builder, "in", name="one", partitions=7).to("out")
    topology = builder.build()
    assert repartition_partitions(topology, sources(topology), {"in": 4}) == {"one-repartition": 7}


def test_a_repartition_topic_that_is_joined_is_made_as_wide_as_the_other_side():
    builder = StreamsBuilder()
    table = builder.table("table", key=str, value=str)
    regrouped(builder, "in", name="one").join(table, lambda left, right: left).to("out")
    topology = builder.build()
    assert repartition_partitions(topology, sources(topology), {"in": 2, "table": 6}) == {"one-repartition": 6}


def test_joined_topics_of_different_widths_are_an_error_that_names_both():
    builder = StreamsBuilder()
    table = builder.table("table", key=str, value=str)
    builder.stream("in", key=str, value=str).join(table, lambda left, right: left).to("out")
    topology = builder.build()
    with pytest.raises(CoPartitioningError, match="in has 3, table has 4"):
        repartition_partitions(topology, sources(topology), {"in": 3, "table": 4})


def test_the_topics_of_a_foreign_key_join_are_as_wide_as_the_tables_they_lead_to():
    builder = StreamsBuilder()
    left, right = builder.table("left", key=str, value=str), builder.table("right", key=str, value=str)
    left.join(right, lambda mine, other: mine, foreign_key=str, name="fk").to_stream().to("out")
    topology = builder.build()
    assert repartition_partitions(topology, sources(topology), {"left": 3, "right": 2}) == {
        "fk-subscription-registration-topic": 2,
        "fk-subscription-response-topic": 3,
    }


def test_topic_settings_go_from_defaults_over_the_configuration_to_the_store():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str).group_by(lambda key, value: value, key=str, value=str)
    stream.count(store="counts")
    topology = builder.build()
    config = Config.from_mapping({"application.id": "app", "topic.segment.bytes": 99})
    [repartition] = repartition_topics(topology, config, {"counts-repartition": 2})
    assert repartition.name == "app-counts-repartition"
    assert repartition.settings["cleanup.policy"] == "delete"
    assert repartition.settings["segment.bytes"] == "99"
    [changelog] = changelog_topics(topology, config, {0: 2, 1: 2})
    assert (changelog.name, changelog.partitions) == ("app-counts-changelog", 2)
    assert changelog.settings["cleanup.policy"] == "compact"
