"""Stream-table left join."""

from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream, table = builder.stream("s"), builder.table("t", store="tbl")
    stream.left_join(table, lambda key, x, y: cat(key, ":", x, ",", y), with_key=True, name="lj").to("out")
    return builder
