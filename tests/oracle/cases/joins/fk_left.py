"""Foreign-key left join: null foreign key, missing right side."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    orders, users = builder.table("orders"), builder.table("users")
    joined = orders.left_join(
        users, PAIR, foreign_key=lambda value: None if value.startswith("-") else value.split(":")[0]
    )
    joined.to_stream().to("out")
    return builder
