"""Foreign-key left join into a store: null keys, changes of the key, tombstones, headers."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def foreign_key(value):
    return None if value.startswith("c") else value[:1]


def build(case):
    builder = StreamsBuilder()
    builder.table("left").left_join(builder.table("right"), PAIR, foreign_key=foreign_key, store="fkl").to_stream().to(
        "out"
    )
    return builder
