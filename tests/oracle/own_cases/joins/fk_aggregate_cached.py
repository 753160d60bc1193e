"""Foreign-key join with an aggregated table, with the cache on."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.table("left")
    right = builder.stream("right").group_by_key().count()
    left.join(right, cat, foreign_key=lambda value: value[:1]).to_stream().to("out")
    return builder
