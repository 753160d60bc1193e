"""A broker that comes back without its topics, as the embedded one does, while local state was kept."""

from __future__ import annotations

import logging

import pytest
from cluster import Cluster

from kstream_cli import KafkaStreams, StreamsBuilder
from kstream_cli.broker.embedded import QUICK_GROUPS, EmbeddedBroker

pytestmark = pytest.mark.embedded


def named_counts():
    builder = StreamsBuilder()
    names = builder.global_table("names", key=str, value=str, store="names")
    (
        builder.stream("in", key=str, value=str)
        .group_by_key()
        .count(store="counts")
        .to_stream()
        .left_join(names, lambda count, name: f"{count} {name}", selector=lambda key, count: key)
        .to("out", value=str)
    )
    return builder.build()


def test_state_ahead_of_its_changelog_is_thrown_away_with_a_line_and_the_application_runs(tmp_path, wait_until, caplog):
    caplog.set_level(logging.WARNING, "kstream_cli")

    def run(names, records, expected):
        with EmbeddedBroker() as broker:
            cluster = Cluster(broker.bootstrap_servers)
            cluster.create_topics(**{"in": 1, "out": 1, "names": 1})
            cluster.produce("names", names)
            cluster.produce("in", records)
            config = {
                "application.id": "app",
                "bootstrap.servers": broker.bootstrap_servers,
                "state.dir": tmp_path,
                "commit.interval.ms": 100,
                **QUICK_GROUPS,
            }
            with KafkaStreams(named_counts(), config) as streams:
                streams.start()
                wait_until(lambda: streams.wait(0) or cluster.read("out")[-1:] == expected, what=f"{expected}")

    run([(b"a", b"old"), (b"b", b"gone"), (b"c", b"gone")], [(b"a", b"")] * 5, [(b"a", b"5 old")])
    assert not caplog.text
    run([(b"a", b"new")], [(b"a", b"")], [(b"a", b"1 new")])
    thrown = [each.message for each in caplog.records if "was created again" in each.message]
    assert len(thrown) == 2
    assert "global stores are as of offset 3 of names-0, which has 0 to 1" in thrown[0]
    assert "of app-counts-changelog-0, which ends at 0" in thrown[1]
