"""Many topics, pattern, several sub-topologies: order and numbering in describe()."""

import re

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    builder.stream(["z", "a"]).to("o1")
    by_value = builder.stream(re.compile("pat-.*")).select_key(lambda key, value: value)
    by_value.group_by_key().count().to_stream().to("o2", value=int)
    builder.table("tab").to_stream().to("o3")
    builder.stream("b").merge(builder.stream("z2")).to("o4")
    return builder
