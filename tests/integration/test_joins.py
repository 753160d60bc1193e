"""Several topics in one task, on real brokers."""

from __future__ import annotations

import pytest

from kstream_cli import KafkaStreams, StreamsBuilder

FAST = {
    "commit.interval.ms": "100",
    "consumer.session.timeout.ms": "6000",
    "consumer.heartbeat.interval.ms": "300",
}


@pytest.fixture
def settings(cluster, unique, tmp_path):
    given = {"application.id": unique("app"), "bootstrap.servers": cluster.address, "state.dir": str(tmp_path)}
    return given | FAST


def test_a_stream_meets_its_table_in_every_partition(cluster, settings, unique, wait_until):
    orders, customers, sink = unique("orders"), unique("customers"), unique("out")
    cluster.create_topics(**{orders: 3, customers: 3, sink: 1})
    keys = [f"customer{number}" for number in range(60)]
    cluster.produce(customers, [(key.encode(), f"name of {key}".encode()) for key in keys])
    cluster.produce(orders, [(key.encode(), b"order") for key in keys])
    builder = StreamsBuilder()
    table = builder.table(customers, key=str, value=str)
    joined = builder.stream(orders, key=str, value=str).join(table, lambda order, name: f"{order} for {name}")
    joined.to(sink, value=str)
    with KafkaStreams(builder, settings | {"num.stream.threads": "3"}) as streams:
        streams.start()
        expected = {key.encode(): f"order for name of {key}".encode() for key in keys}
        wait_until(lambda: streams.wait(0) or dict(cluster.read(sink)) == expected, what="all joined")
        assert all(len(task.partitions) == 2 for thread in streams.progress() for task in thread.tasks)


def test_a_global_table_is_filled_before_the_first_record_and_kept_up_to_date(cluster, settings, unique, wait_until):
    orders, products, sink = unique("orders"), unique("products"), unique("out")
    cluster.create_topics(**{orders: 2, products: 3, sink: 1})
    cluster.produce(products, [(f"p{number}".encode(), b"old") for number in range(30)])
    cluster.produce(orders, [(None, f"p{number}".encode()) for number in range(30)])
    builder = StreamsBuilder()
    table = builder.global_table(products, key=str, value=str)
    stream = builder.stream(orders, key=str, value=str)
    joined = stream.join(table, lambda order, product: f"{order} {product}", selector=lambda key, value: value)
    joined.to(sink, key=str, value=str)
    topology = builder.build()
    for product, numbers in (("old", range(30)), ("new", range(30, 40))):
        with KafkaStreams(topology, settings) as streams:
            streams.start()
            wait_until(lambda: streams.wait(0) or len(cluster.read(sink)) >= numbers.stop, what="the orders")  # noqa: B023
        assert {value.decode() for _, value in cluster.read(sink)} >= {f"p{number} {product}" for number in numbers}
        cluster.produce(products, [(f"p{number}".encode(), b"new") for number in range(40)])
        cluster.produce(orders, [(None, f"p{number}".encode()) for number in range(30, 40)])
