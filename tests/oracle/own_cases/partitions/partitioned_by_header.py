from oracle_names import by_header, first_of_some

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    stream.to("out", key=str, value=str, partitioner=by_header)
    again = builder.stream("in", key=str, value=str).repartition(
        name="r", key=str, value=str, partitioner=first_of_some
    )
    again.to("again")
    return builder
