from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    more = builder.stream("more", key=str, value=str)
    branches = (
        stream.merge(more)
        .split("b-")
        .branch(lambda key, value: value == "x", name="x")
        .branch(lambda key, value: value is None, name="none")
        .default_branch(name="rest")
    )
    branches["b-x"].to("xs")
    branches["b-none"].to("nones")
    grouped = branches["b-rest"].group_by(lambda key, value: value, name="g", key=str, value=str)
    grouped.count(store="s").to_stream().to("out", key=str, value=int)
    return builder
