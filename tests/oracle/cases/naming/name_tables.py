"""Table operations without names."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    x, y = builder.table("x"), builder.table("y")
    kept = x.filter(lambda key, value: True).map_values(lambda value: value)
    kept.join(y, PAIR).left_join(x, PAIR).outer_join(y, PAIR).to_stream().to("out")
    x.group_by(lambda key, value: (value, value)).count().to_stream().to("n", value=int)
    return builder
