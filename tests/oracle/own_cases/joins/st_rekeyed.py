"""Stream-table joins of re-keyed streams: inner, left, null keys."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    t = builder.table("right")
    builder.stream("left").left_join(t, PAIR).to("out")
    builder.stream("left").select_key(lambda key, value: None if value is None else value[:1]).join(
        t, PAIR, name="jn"
    ).to("out2")
    builder.stream("left").map(lambda key, value: (None if value is None else value[:1], value)).left_join(t, PAIR).to(
        "out3"
    )
    return builder
