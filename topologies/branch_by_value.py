"""Send each order to a topic of its own kind of fruit, told by the record's value."""

from kstream_cli import StreamsBuilder

config = {"application.id": "branch-by-value"}

builder = StreamsBuilder()
branches = (
    builder.stream("orders", key=str, value=str)
    .split(name="fruit-")
    .branch(lambda key, order: "apple" in order, name="apples")
    .branch(lambda key, order: "pear" in order, name="pears")
    .default_branch(name="others")
)

branches["fruit-apples"].to("apples")
branches["fruit-pears"].to("pears")
branches["fruit-others"].to("others")

samples = {
    "orders": [
        ("order-1", "apple 3"),
        ("order-2", "pear 1"),
        ("order-3", "plum 9"),
        ("order-4", "pear and apple"),
    ]
}
