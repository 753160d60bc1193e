"""Split without a default branch drops what matches nothing."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    branches = (
        builder.stream("in")
        .split()
        .branch(lambda key, value: key == "a")
        .branch(lambda key, value: key == "b")
        .no_default_branch()
    )
    for name in sorted(branches):
        case.log("branch " + name)
    for name, stream in sorted(branches.items()):
        stream.to("out-" + name)
    return builder
