"""Suppress, then an outer join and a filter that look at its rows."""

from oracle_names import PAIR

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    s = builder.table("left").suppress(Suppressed.until_time_limit(30, BufferConfig.unbounded()).with_name("sup"))
    s.outer_join(builder.table("right"), PAIR).to_stream().to("out")
    s.filter(lambda key, value: not value.startswith("b")).to_stream().to("out2")
    return builder
