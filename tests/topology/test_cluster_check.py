"""What is checked of clusters before anything is read."""

import pytest

from kstream_cli import Config, Topology
from kstream_cli.errors import ConfigError
from kstream_cli.topology.cluster_check import check_clusters, unused_clusters

HOME = {"application.id": "app", "bootstrap.servers": "home:9092"}
BOTH = {**HOME, "clusters.east.bootstrap.servers": "east:9092", "clusters.eu.bootstrap.servers": "eu:9092"}
TWICE = {"processing.guarantee": "exactly_once_v2"}


def topology(source="east", sink=None):
    return Topology().add_source("in", "orders", cluster=source).add_sink("out", "orders", parents="in", cluster=sink)


def check(built, settings):
    check_clusters(built, Config.from_mapping(settings))


def test_a_cluster_that_is_named_must_be_configured():
    with pytest.raises(ConfigError, match="node 'in' names cluster 'east', which is not configured"):
        check(topology(), HOME)


def test_a_misspelt_cluster_is_answered_with_the_nearest_one():
    with pytest.raises(ConfigError, match=r"did you mean 'east'.*--cluster easst=HOST:PORT"):
        check(topology("easst"), BOTH)


def test_a_cluster_without_an_address_is_not_configured():
    with pytest.raises(ConfigError, match=r"set clusters.east.bootstrap.servers"):
        check(topology(), {**HOME, "clusters.east.sasl.username": "me"})


def test_exactly_once_from_another_cluster_into_home_needs_no_word():
    check(topology(), {**BOTH, **TWICE})


@pytest.mark.parametrize("accepted", [{}, {"foreign.sinks.at.least.once": "false"}])
def test_a_sink_in_another_cluster_is_refused_under_exactly_once(accepted):
    with pytest.raises(ConfigError, match=r"sink 'out' writes to cluster 'eu'.*Make 'eu' the home cluster"):
        check(topology(sink="eu"), {**BOTH, **TWICE, **accepted})


def test_a_sink_in_another_cluster_can_be_accepted_in_words():
    check(topology(sink="eu"), {**BOTH, **TWICE, "foreign.sinks.at.least.once": "true"})
    check(topology(sink="eu"), BOTH)


def test_dead_letters_for_another_cluster_are_looked_at_too():
    letters = {"errors.dead.letter.queue.topic.name": "eu:failed"}
    with pytest.raises(ConfigError, match=r"errors.dead.letter.queue.topic.name writes to cluster 'eu'"):
        check(topology(None), {**BOTH, **TWICE, **letters})
    with pytest.raises(ConfigError, match=r"errors.dead.letter.queue.topic.name names cluster 'eu'"):
        check(topology(None), {**HOME, **letters})


def test_a_cluster_that_nothing_uses_is_told():
    assert unused_clusters(topology(), Config.from_mapping(BOTH)) == ["eu"]


def test_sources_in_other_clusters_need_the_classic_protocol():
    with pytest.raises(ConfigError, match=r"sources read cluster east: use group.protocol=classic"):
        check(topology(), {**BOTH, "group.protocol": "streams"})
    check(topology(None, "eu"), {**BOTH, "group.protocol": "streams"})
