"""Tutorial: branch records into topics by message value."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    (
        builder.stream("orders")
        .split(name="orders-")
        .branch(lambda key, value: "apple" in value, consumer=lambda stream: stream.to("apples"))
        .branch(lambda key, value: "pear" in value, consumer=lambda stream: stream.to("pears"))
        .default_branch(consumer=lambda stream: stream.to("others"))
    )
    return builder
