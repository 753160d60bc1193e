"""Outer join, then suppress with two records at most."""

from oracle_names import PAIR

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    builder.table("left").outer_join(builder.table("right"), PAIR).suppress(
        Suppressed.until_time_limit(30, BufferConfig.max_records(2))
    ).to_stream().to("out")
    return builder
