"""Chain of outer, left and inner table joins over views of the tables."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.table("left"), builder.table("right")
    left.map_values(lambda value: value + "!").outer_join(right, PAIR).left_join(
        left.filter(lambda key, value: value.startswith("b")), PAIR
    ).join(right, PAIR, name="nm", store="fin").to_stream().to("out")
    return builder
