"""Join a stream of orders with a table of customers; the records are typed, and JSON on their topics."""

from dataclasses import dataclass

from kstream_cli import StreamsBuilder

config = {"application.id": "enrich-orders"}


@dataclass(frozen=True)
class Customer:
    name: str
    country: str


@dataclass(frozen=True)
class Order:
    item: str
    amount: int


@dataclass(frozen=True)
class EnrichedOrder:
    customer: str
    country: str
    item: str
    amount: int


def enrich(order: Order, customer: Customer) -> EnrichedOrder:
    return EnrichedOrder(customer.name, customer.country, order.item, order.amount)


builder = StreamsBuilder()
customers = builder.table("customers", key=str, value=Customer, store="customers")
(
    builder.stream("customer-orders", key=str, value=Order)
    .filter(lambda customer_id, order: order.amount > 0)
    .join(customers, enrich)
    .to("enriched-orders", value=EnrichedOrder)
)

samples = {
    "customers": [
        ("c1", Customer("Ada", "UK"), 1_000),
        ("c2", Customer("Grace", "US"), 1_000),
    ],
    "customer-orders": [
        ("c1", Order("engine", 1), 2_000),
        ("c2", Order("compiler", 2), 3_000),
        ("c1", Order("nothing", 0), 4_000),
        ("c3", Order("unknown", 5), 5_000),
    ],
}
