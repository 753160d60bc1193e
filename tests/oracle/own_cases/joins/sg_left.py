"""Stream-GlobalKTable left join by the key, and inner join with the key."""

from oracle_names import PAIR, cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    t = builder.global_table("right")
    builder.stream("left").left_join(t, PAIR, selector=lambda key, value: key).to("out")
    builder.stream("left").join(t, lambda key, x, y: cat(key, x, y), selector=lambda key, value: key, with_key=True).to(
        "out2"
    )
    return builder
