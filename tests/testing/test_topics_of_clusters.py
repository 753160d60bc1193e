"""The test driver with topics of several clusters."""

import re
from functools import partial

import pytest

from kstream_cli import Processor, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import CoPartitioningError, TopologyError


class Noting(Processor):
    def __init__(self, seen):
        self.seen = seen

    def process(self, record):
        self.seen.append(self.context.record_metadata().topic)


def orders_of_two_clusters():
    builder = StreamsBuilder()
    builder.stream("orders", key=str, value=str).to("out", key=str, value=str, cluster="eu")
    builder.stream("orders", key=str, value=str, cluster="east").map_values(str.upper).to("out", key=str, value=str)
    builder.stream("stock", key=str, value=str, cluster="east").to("seen", key=str, value=str)
    return builder


def test_topics_of_one_name_are_told_apart_by_their_cluster():
    with TopologyTestDriver(orders_of_two_clusters()) as driver:
        driver.input("orders").pipe(("k", "here"))
        driver.input("orders", cluster="east").pipe(("k", "there"))
        assert driver.output("out", cluster="eu").read() == [("k", "here")]
        assert driver.output("out").read() == [("k", "THERE")]


def test_a_name_that_only_one_cluster_has_needs_no_cluster():
    with TopologyTestDriver(orders_of_two_clusters()) as driver:
        driver.input("stock").pipe(("k", "v"))
        assert driver.output("seen").read() == [("k", "v")]


def test_a_name_that_two_clusters_have_beside_home_must_name_one():
    builder = StreamsBuilder()
    for cluster in ("east", "west"):
        builder.stream("orders", key=str, value=str, cluster=cluster).to("out", key=str, value=str)
    with TopologyTestDriver(builder) as driver, pytest.raises(TopologyError, match="east:orders or west:orders"):
        driver.input("orders")


def test_a_record_and_its_serdes_know_the_topic_by_its_name_alone():
    seen = []
    builder = StreamsBuilder()
    stream = builder.stream("orders", key=str, value=str, cluster="east")
    stream.process(partial(Noting, seen))
    with TopologyTestDriver(builder) as driver:
        driver.input("orders").pipe(("k", "v"))
    assert seen == ["orders"]


def test_a_sink_that_chooses_its_topics_chooses_among_those_of_its_cluster():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to(lambda key, value, context: value, key=str, value=str, cluster="eu")
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe(("k", "a"))
        assert driver.produced_topics() == {"eu:a"}


def test_a_pattern_takes_in_topics_of_its_cluster():
    builder = StreamsBuilder()
    builder.stream(re.compile("log-.*"), key=str, value=str, cluster="east").to("out", key=str, value=str)
    with TopologyTestDriver(builder) as driver:
        driver.input("log-a", key=str, value=str, cluster="east").pipe(("k", "v"))
        assert driver.output("out").read() == [("k", "v")]
        with pytest.raises(TopologyError, match="no source of the topology reads topic 'log-a'"):
            driver.input("log-a")


def test_a_global_table_is_filled_from_another_cluster():
    builder = StreamsBuilder()
    builder.global_table("names", key=str, value=str, store="names", cluster="east")
    builder.stream("in", key=str, value=str).to("out", key=str, value=str)
    with TopologyTestDriver(builder) as driver:
        driver.input("names").pipe(("k", "v"))
        assert dict(driver.store("names").all()) == {"k": ("v", 0)}


def test_topics_that_are_joined_need_as_many_partitions_in_each_cluster():
    builder = StreamsBuilder()
    prices = builder.table("prices", key=str, value=str, cluster="east")
    orders = builder.stream("orders", key=str, value=str)
    orders.join(prices, lambda order, price: order + price).to("out", key=str, value=str)
    with pytest.raises(CoPartitioningError, match="east:prices has 2, orders has 3"):
        TopologyTestDriver(builder, partitions={"orders": 3, "east:prices": 2})
