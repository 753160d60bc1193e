"""Branches given as functions and consumers: which of them are in the map."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    branches = (
        builder.stream("in")
        .split(name="s-")
        .branch(
            lambda key, value: value.startswith("a"),
            name="fa",
            function=lambda stream: stream.map_values(lambda value: "A:" + value),
        )
        .branch(lambda key, value: value.startswith("b"), name="cb", consumer=lambda stream: stream.to("b-only"))
        .branch(lambda key, value: value.startswith("n"), function=lambda stream: None)
        .default_branch(function=lambda stream: stream.filter(lambda key, value: value != ""))
    )
    for name, stream in sorted(branches.items()):
        case.log("branch " + name)
        stream.to("out." + name)
    return builder
