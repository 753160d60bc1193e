from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left = builder.table("left", key=str, value=str).filter(lambda key, value: value != "z")
    right = builder.table("right", key=str, value=str).map_values(
        lambda value: None if value == "stop" else value + "!"
    )
    left.left_join(right, PAIR).to_stream().to("out", key=str, value=str)
    return builder
