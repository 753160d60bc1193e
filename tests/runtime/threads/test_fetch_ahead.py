"""How much consumers fetch ahead: partitions share what one would have, and the user's own settings count first."""

from __future__ import annotations

from typing import Any

import pytest

from kstream_cli import Config, StreamsBuilder
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.threads.fetch_ahead import (
    LEAST,
    MESSAGES,
    global_consumer_settings,
    main_consumer_settings,
    restore_consumer_settings,
)


def config(**settings: Any) -> Config:
    return Config.from_mapping(
        {"application.id": "app", **{name.replace("_", "."): settings[name] for name in settings}}
    )


def ahead(partitions: int, threads: int) -> int:
    placement = Placement({"in": 0}, {0: {"in": partitions}})
    found: int = main_consumer_settings(config(**{"num.stream.threads": threads}), placement)[MESSAGES]
    return found


def test_the_only_partition_has_all_of_it():
    assert ahead(1, 1) == 100_000


@pytest.mark.parametrize(("partitions", "threads"), [(4, 1), (4, 2), (4, 4), (3, 2), (1, 4)])
def test_the_partitions_of_all_threads_share_it(partitions, threads):
    of_a_thread = -(-partitions // threads)
    assert ahead(partitions, threads) * of_a_thread * threads == pytest.approx(100_000, abs=100)


def test_many_partitions_have_a_batch_each():
    assert ahead(5_000, 2) == LEAST[MESSAGES]


def test_one_of_several_inputs_has_no_more_than_half_of_it():
    several = Placement({"a": 0}, {0: {"a": 1, "b": 1}})
    assert main_consumer_settings(config(), several)[MESSAGES] == 50_000


@pytest.mark.parametrize("prefix", ["", "consumer.", "main.consumer."])
def test_what_the_user_has_set_counts(prefix):
    given = Config.from_mapping({"application.id": "app", f"{prefix}{MESSAGES}": 7})
    assert main_consumer_settings(given, Placement({"in": 0}, {0: {"in": 50}}))[MESSAGES] == 7


def test_changelogs_share_it_too():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
    placement = Placement({"in": 0}, {0: {"in": 20}})
    topology = builder.build()
    assert restore_consumer_settings(config(), placement, topology, threads=2)[MESSAGES] == 5_000
    assert restore_consumer_settings(config(), placement, topology)["fetch.wait.max.ms"] == 20


def test_javas_name_of_a_setting_counts_as_well_as_librdkafkas():
    given = Config.from_mapping({"application.id": "app", "consumer.fetch.max.wait.ms": 7})
    placement = Placement({"in": 0}, {0: {"in": 1}})
    assert restore_consumer_settings(given, placement, StreamsBuilder().build())["fetch.wait.max.ms"] == 7


def test_a_topology_without_stores_has_the_settings_of_one_partition():
    placement = Placement({"in": 0}, {0: {"in": 40}})
    assert restore_consumer_settings(config(), placement, StreamsBuilder().build())[MESSAGES] == 100_000


def test_the_topics_of_global_stores_share_it():
    assert global_consumer_settings(config(), 4)[MESSAGES] == 25_000
