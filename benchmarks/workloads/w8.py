"""W8: JSON records of ten fields, typed, filtered and enriched."""

from __future__ import annotations

from msgspec import Struct

from benchmarks.workloads.settings import INPUT, OUTPUT, config
from kstream_cli import StreamsBuilder

__all__ = ["builder", "config"]


class Order(Struct):
    id: int
    customer: str
    product: str
    price: int
    quantity: int
    country: str
    channel: str
    coupon: str | None
    created: int
    gift: bool


class PricedOrder(Order):
    total: int
    large: bool


def priced(order: Order) -> PricedOrder:
    total = order.price * order.quantity
    return PricedOrder(
        order.id,
        order.customer,
        order.product,
        order.price,
        order.quantity,
        order.country,
        order.channel,
        order.coupon,
        order.created,
        order.gift,
        total,
        total > 50_000,
    )


builder = StreamsBuilder()
(
    builder.stream(INPUT, key=str, value=Order)
    .filter(lambda key, order: order.quantity >= 2)
    .map_values(priced, value=PricedOrder)
    .to(OUTPUT)
)
