"""Cogroup of three streams, two of them re-keyed."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    one = builder.stream("one").group_by(lambda key, value: value, name="g1")
    two = builder.stream("two").group_by(lambda key, value: value[:1], name="g2")
    three = builder.stream("three").group_by_key()
    all_three = (
        one.cogroup(lambda key, value, agg: cat(agg, "1", value))
        .cogroup(two, lambda key, value, agg: cat(agg, "2", value))
        .cogroup(three, lambda key, value, agg: cat(agg, "3", value))
    )
    all_three.aggregate(lambda: "", store="co").to_stream().to("out")
    return builder
