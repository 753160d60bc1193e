"""Cogroup of two streams."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    one, two = builder.stream("one").group_by_key(), builder.stream("two").group_by_key()
    both = one.cogroup(lambda key, value, agg: agg + "1" + value).cogroup(
        two, lambda key, value, agg: agg + "2" + value
    )
    both.aggregate(lambda: "", store="co").to_stream().to("out")
    return builder
