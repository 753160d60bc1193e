"""Two Kafka clusters: orders of the shop's cluster meet prices at home, and large orders are reported back to the shop.

What comes to be at home, the revenue, is exact under exactly_once_v2; the shop gets each report at least once.
"""

from kstream_cli import StreamsBuilder

config = {
    "application.id": "join-across-clusters",
    "clusters.shop.bootstrap.servers": "localhost:9093",
}

builder = StreamsBuilder()
prices = builder.table("prices", key=str, value=float, store="prices")
orders = builder.stream("orders", key=str, value=int, cluster="shop")

orders.join(prices, lambda count, price: count * price).to("revenue", value=float)
orders.filter(lambda item, count: count >= 10).to("large-orders", cluster="shop")

samples = {
    "prices": [("tea", 4.5, 1_000), ("cake", 3.0, 1_000)],
    "orders": [("tea", 2, 2_000), ("cake", 12, 3_000), ("tea", 1, 4_000)],
}
