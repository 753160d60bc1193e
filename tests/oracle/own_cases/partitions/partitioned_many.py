from oracle_names import by_header, cat, one_for_each_header

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    stream.to("out", key=str, value=str, partitioner=one_for_each_header)
    again = builder.stream("in", key=str, value=str)
    again.to(lambda key, value, context: cat("dyn-", value), key=str, value=str, partitioner=by_header)
    return builder
