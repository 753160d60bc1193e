"""Foreign-key join without names, then with."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    x, y = builder.table("x"), builder.table("y")
    x.join(y, PAIR, foreign_key=lambda value: value).to_stream().to("o1")
    named = x.left_join(y, PAIR, foreign_key=lambda value: value, name="named-fk", store="named-store")
    named.to_stream().to("o2")
    return builder
