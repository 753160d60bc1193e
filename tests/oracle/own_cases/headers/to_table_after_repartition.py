from kstream_cli import Materialized, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    again = stream.select_key(lambda key, value: value).repartition(name="again", key=str, value=str)
    table = again.to_table(store=Materialized(name="s", key=str, value=str))
    table.filter(lambda key, value: value != "z", store="f").to_stream().to("out")
    return builder
