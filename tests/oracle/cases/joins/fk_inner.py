"""Foreign-key inner join: subscription and response topics, updates of both sides, change of the foreign key."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    orders, users = builder.table("orders"), builder.table("users")
    joined = orders.join(users, PAIR, foreign_key=lambda value: value.split(":")[0], store="fk")
    joined.to_stream().to("out")
    return builder
