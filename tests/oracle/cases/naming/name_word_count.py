"""Word count as in the tutorials."""

import re

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    words = builder.stream("text").flat_map_values(lambda line: re.split(r"\W+", line))
    words.group_by(lambda key, word: word).count(store="counts-store").to_stream().to("counts", value=int)
    return builder
