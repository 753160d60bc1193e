"""One stream of several topics, and of a pattern."""

import re

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    listed, matched = builder.stream(["x1", "x2"]), builder.stream(re.compile("log-.*"))
    listed.to("out-list")
    matched.to("out-pattern")
    return builder
