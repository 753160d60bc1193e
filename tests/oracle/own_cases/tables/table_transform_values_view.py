"""TransformValues without a store, joined and grouped."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


class Marked:
    def transform(self, key, value):
        return "N" if value is None else value + "~"


def build(case):
    builder = StreamsBuilder()
    left = builder.table("left")
    t = left.transform_values(Marked)
    t.to_stream().to("out")
    t.outer_join(builder.table("right"), PAIR).to_stream().to("out2")
    t.group_by(lambda key, value: (value[:1], value)).count().to_stream().to("out3", value=int)
    return builder
