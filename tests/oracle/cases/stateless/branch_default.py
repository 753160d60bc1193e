"""Split with unnamed branches and a default branch; a record goes to the first branch that matches."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    branches = (
        builder.stream("in")
        .split()
        .branch(lambda key, value: value.startswith("a"))
        .branch(lambda key, value: value.endswith("z"))
        .default_branch()
    )
    for name, stream in sorted(branches.items()):
        stream.to("out-" + name)
    return builder
