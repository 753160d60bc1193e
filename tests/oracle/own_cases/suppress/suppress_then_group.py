"""Suppress, then a grouping, a stored join and a stream-table join."""

from oracle_names import PAIR

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    s = builder.table("left").suppress(Suppressed.until_time_limit(20, BufferConfig.unbounded()))
    s.group_by(lambda key, value: (value[:1], value)).count().to_stream().to("out", value=int)
    s.join(builder.table("right"), PAIR, store="jj").to_stream().to("out2")
    builder.stream("st").join(s, PAIR).to("out3")
    return builder
