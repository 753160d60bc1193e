"""Process, processValues with stores connected; toTable; two sinks."""

from oracle_names import pass_on

from kstream_cli import Stores, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.add_state_store(Stores.key_value("s1", key=str, value=str, persistent=False))
    builder.add_state_store(Stores.key_value("s2", key=str, value=str, persistent=False))
    stream = builder.stream("in")
    stream.process(pass_on, stores=["s1", "s2"]).to_table().to_stream().to("o1")
    stream.process_values(pass_on, name="pv", stores=["s2"]).to("o2")
    return builder
