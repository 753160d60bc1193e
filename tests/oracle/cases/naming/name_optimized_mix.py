"""Optimization all over a mixed topology: names of the merged repartition and what describe() shows."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder, TimeWindows


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in").map(lambda key, value: (value, key))
    stream.group_by_key().count(store="n").to_stream().to("o2", value=int)
    windowed = stream.group_by_key().windowed_by(TimeWindows.of_size(100)).count()
    windowed.to_stream(lambda key, n: key.key).to("o1", value=int)
    stream.map_values(lambda value: value + value).join(builder.table("tab", store="tb"), PAIR).to("o3")
    return builder
