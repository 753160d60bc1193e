"""Split with a prefix name and named branches."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    branches = (
        builder.stream("in")
        .split(name="kind-")
        .branch(lambda key, value: value.startswith("a"), name="a")
        .branch(lambda key, value: value.startswith("b"))
        .default_branch(name="rest")
    )
    for name, stream in sorted(branches.items()):
        case.log("branch " + name)
        stream.to(name)
    return builder
