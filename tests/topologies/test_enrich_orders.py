from kstream_cli import TopologyTestDriver
from topologies import enrich_orders
from topologies.enrich_orders import Customer, EnrichedOrder, Order


def test_an_order_carries_its_customers_name_and_country():
    with TopologyTestDriver(enrich_orders.builder, enrich_orders.config) as driver:
        driver.input("customers").pipe([("c1", Customer("Ada", "UK"))])
        driver.input("customer-orders").pipe([("c1", Order("engine", 1))])
        assert driver.output("enriched-orders").read() == [("c1", EnrichedOrder("Ada", "UK", "engine", 1))]


def test_orders_of_unknown_customers_and_empty_orders_are_left_out():
    with TopologyTestDriver(enrich_orders.builder, enrich_orders.config) as driver:
        driver.input("customers").pipe([("c1", Customer("Ada", "UK"))])
        driver.input("customer-orders").pipe([("c2", Order("compiler", 2)), ("c1", Order("nothing", 0))])
        assert driver.output("enriched-orders").is_empty
