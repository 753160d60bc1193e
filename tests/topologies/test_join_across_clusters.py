import pytest

from kstream_cli import TopologyTestDriver
from topologies import join_across_clusters


@pytest.fixture
def driver():
    with TopologyTestDriver(join_across_clusters.builder, join_across_clusters.config) as driver:
        driver.input("prices").pipe([("tea", 4.5), ("cake", 3.0)])
        yield driver


def test_an_order_of_the_shops_cluster_meets_the_price_at_home(driver):
    driver.input("orders").pipe([("tea", 2), ("cake", 1)])
    assert driver.output("revenue").read() == [("tea", 9.0), ("cake", 3.0)]


def test_large_orders_are_reported_to_the_shops_cluster(driver):
    driver.input("orders", cluster="shop").pipe([("tea", 9), ("cake", 12)])
    assert driver.output("large-orders", cluster="shop").read() == [("cake", 12)]
