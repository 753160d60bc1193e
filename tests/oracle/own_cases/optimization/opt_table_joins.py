"""All: joins of source tables that share their topics as changelogs."""

from oracle_names import PAIR

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed


def build(case):
    builder = StreamsBuilder()
    left, right = builder.table("left"), builder.table("right", store="rr")
    left.join(right, PAIR, store="jj").to_stream().to("out")
    left.join(right, PAIR, foreign_key=lambda value: value[:1]).to_stream().to("out2")
    builder.stream("left2").join(left, PAIR).to("out3")
    left.suppress(Suppressed.until_time_limit(10, BufferConfig.unbounded())).to_stream().to("out4")
    return builder
