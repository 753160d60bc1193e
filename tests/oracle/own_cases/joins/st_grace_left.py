"""Left join with grace after a key change."""

from oracle_names import cat

from kstream_cli import Materialized, Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    t = builder.table("right", store=Materialized(supplier=Stores.versioned("lv", history_retention=100)))
    builder.stream("left").select_key(lambda key, value: value[:1]).left_join(
        t, lambda key, x, y: cat(key, x, y), with_key=True, grace=30, name="gg"
    ).to("out")
    return builder
