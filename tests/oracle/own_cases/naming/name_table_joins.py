"""Joins of tables, with and without names and stores."""

from oracle_names import PAIR

from kstream_cli import BufferConfig, Materialized, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    left, right = builder.table("left"), builder.table("right")
    left.join(right, PAIR, name="j1").to_stream().to("o1")
    left.left_join(right, PAIR, store=Materialized(key=str, value=str)).to_stream().to("o2")
    left.outer_join(right, PAIR, name="j3", store="s3").to_stream().to("o3")
    left.join(right, PAIR, foreign_key=lambda value: value, name="fk1").to_stream().to("o4")
    left.left_join(left, PAIR, foreign_key=lambda value: value).to_stream().to("o5")
    left.suppress(Suppressed.until_time_limit(5, BufferConfig.max_records(5))).to_stream().to("o6")
    left.suppress(Suppressed.until_time_limit(5, BufferConfig.max_records(5), name="sn")).filter(
        lambda key, value: True
    ).to_stream().to("o7")
    builder.stream("s").join(left, PAIR).left_join(right, PAIR, name="jj").to("o8")
    g = builder.global_table("g")
    builder.stream("s").join(g, PAIR, selector=lambda key, value: value, name="gj").left_join(
        g, PAIR, selector=lambda key, value: key
    ).to("o9")
    return builder
