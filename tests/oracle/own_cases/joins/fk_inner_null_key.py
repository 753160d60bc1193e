"""Foreign-key inner join with an extractor of key and value that gives nulls."""

from oracle_names import PAIR

from kstream_cli import StreamsBuilder


def foreign_key(value):
    return None if value.startswith("c") else value[:1]


def build(case):
    builder = StreamsBuilder()
    builder.table("left").join(
        builder.table("right"),
        PAIR,
        foreign_key=lambda key, value: foreign_key(value),
        foreign_key_with_key=True,
        name="tj",
    ).to_stream().to("out")
    return builder
